import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'

/** A TCP line to a port of this machine, which can become a black hole: all goes in, and nothing comes out. */
export class Line {
  private readonly server: Server
  private readonly sockets = new Set<Socket>()
  private isHole = false

  private constructor(server: Server) {
    this.server = server
  }

  static async start(toPort: number): Promise<Line> {
    const server = createServer()
    const line = new Line(server)
    server.on('connection', near => {
      const far = connect(toPort, '127.0.0.1')
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        line.sockets.add(from)
        from.on('data', data => {
          if (!line.isHole) to.write(data)
        })
        from.on('close', () => {
          line.sockets.delete(from)
          // Nobody learns of an end in a black hole.
          if (!line.isHole) to.destroy()
        })
        from.on('error', () => undefined)
      }
    })
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve)
    })
    return line
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  swallow(): void {
    this.isHole = true
  }

  /** What was under way is lost; what connects from now on comes through. */
  mend(): void {
    this.isHole = false
    for (const socket of this.sockets) socket.destroy()
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy()
    this.server.close()
  }
}

import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'

/** A TCP line to a port of this machine, which can break, or become a black hole: all goes in, and nothing comes out. */
export class Line {
  private readonly server: Server
  private readonly sockets = new Set<Socket>()
  private isHole = false
  /** How often somebody has called. */
  calls = 0
  /** Where the line breaks, once: with the data that has this in it, which does not arrive. */
  private breaking: { isAnswer: boolean; text: string } | null = null

  private constructor(server: Server) {
    this.server = server
  }

  static async start(toPort: number): Promise<Line> {
    const server = createServer()
    const line = new Line(server)
    server.on('connection', near => {
      line.calls += 1
      const far = connect(toPort, '127.0.0.1')
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        line.sockets.add(from)
        from.on('data', data => {
          if (line.isHole) return
          if (!line.breaksAt(from === far, data)) to.write(data)
          else for (const socket of [from, to]) socket.destroy()
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

  /** The line breaks once, and does not bring the data that has this text in it. */
  breakAt(breaking: { isAnswer: boolean; text: string }): void {
    this.breaking = breaking
  }

  private breaksAt(isAnswer: boolean, data: Buffer): boolean {
    if (this.breaking?.isAnswer !== isAnswer || !data.includes(this.breaking.text)) return false
    this.breaking = null
    return true
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

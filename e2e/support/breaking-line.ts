import { createConnection, createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'

const MB = 1024 * 1024

/** A line to the product that is cut after some megabytes, a few times, and then holds. */
export class BreakingLine {
  cuts = 0
  private readonly server: Server
  private productPort = 0

  private constructor(server: Server) {
    this.server = server
  }

  static async start(cuts: number): Promise<BreakingLine> {
    const server = createServer()
    const line = new BreakingLine(server)
    server.on('connection', client => {
      const product = createConnection(line.productPort, '127.0.0.1')
      let sent = 0
      const cutAt = (3 + line.cuts * 2) * MB
      client.on('data', chunk => {
        sent += chunk.length
        if (line.cuts < cuts && sent > cutAt) {
          line.cuts += 1
          client.destroy()
          product.destroy()
        } else product.write(chunk)
      })
      product.pipe(client)
      for (const end of [client, product]) {
        end.on('error', () => undefined)
        end.on('close', () => {
          client.destroy()
          product.destroy()
        })
      }
    })
    await new Promise(resolve => {
      server.listen(0, '127.0.0.1', () => resolve(null))
    })
    return line
  }

  get url(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`
  }

  leadTo(port: number): void {
    this.productPort = port
  }

  stop(): void {
    this.server.close()
  }
}

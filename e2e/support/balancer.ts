import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** As most balancers do: one that is not ready, or does not say so in time, gets nothing new. */
const LOOK_EVERY_MS = 250
const PATIENCE_MS = 1000

/** Passes requests on to processes of ours in turn, those that say that they are ready. */
export class Balancer {
  readonly url: string
  /** Requests that no process took, or that were cut off: what a client would see as an error. */
  refused = 0
  private readonly server: Server
  private readonly targets = new Map<string, { isReady: boolean }>()
  private readonly timer: NodeJS.Timeout
  private turn = 0

  private constructor(server: Server) {
    this.server = server
    this.url = `http://localhost:${(server.address() as AddressInfo).port}`
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS)
  }

  static async start(): Promise<Balancer> {
    const server = createServer()
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const balancer = new Balancer(server)
    balancer.listen()
    return balancer
  }

  /** @param url of a process that has said that it is up */
  add(url: string): void {
    this.targets.set(url, { isReady: true })
  }

  remove(url: string): void {
    this.targets.delete(url)
  }

  stop(): void {
    clearInterval(this.timer)
    this.server.close()
    this.server.closeAllConnections()
  }

  private listen(): void {
    this.server.on('request', (incoming, response) => {
      const target = this.next()
      if (!target) {
        this.refused += 1
        response.writeHead(503).end()
        return
      }
      const { headers, method, url: path } = incoming
      const passed = request(`${target}${path}`, { method, headers }, answer => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      passed.on('error', () => {
        this.refused += 1
        if (response.headersSent) response.destroy()
        else response.writeHead(502).end()
      })
      response.on('close', () => passed.destroy())
      incoming.pipe(passed)
    })
  }

  /** Where nobody says so in time, as on a machine that is too busy, all are asked: better than nobody. */
  private next(): string | undefined {
    const all = [...this.targets.keys()]
    const ready = all.filter(url => this.targets.get(url)?.isReady)
    const targets = ready.length > 0 ? ready : all
    this.turn += 1
    return targets[this.turn % targets.length]
  }

  private async look(): Promise<void> {
    await Promise.all(
      [...this.targets].map(async ([url, target]) => {
        const signal = AbortSignal.timeout(PATIENCE_MS)
        target.isReady = await fetch(`${url}/readyz`, { signal }).then(
          answer => answer.ok,
          () => false,
        )
      }),
    )
  }
}

import { createServer } from 'node:net'

/**
 * Below the ports from which the system takes those of connections, which would be in the way of a server that is
 * started again at its port. Each process of the tests has some of its own, in turn.
 */
const FIRST = 10_000
const PROCESSES = 200
const EACH = 100
const first = FIRST + (process.pid % PROCESSES) * EACH
let turn = 0

/** Ports of this machine that nobody listens at. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > EACH) throw new Error(`No free ports from ${first} on`)
    const port = first + (turn++ % EACH)
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

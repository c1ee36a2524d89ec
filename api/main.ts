import { readConfig } from './config.ts'
import { startServer } from './server.ts'

/** `npm run serve`: the product alone. */
try {
  const server = await startServer(readConfig(process.env))
  process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)))
  process.once('SIGINT', () => void server.stop().then(() => process.exit(0)))
  process.send?.({ ready: server.url })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

import { createSecretKey } from 'node:crypto'
import { once } from 'node:events'
import { Server } from 'node:http'
import { createAdaptorServer, type ServerType } from '@hono/node-server'
import pino from 'pino'
import { Engine } from '../cascade/engine.ts'
import { createMetrics, watchLimiter } from '../cascade/metrics.ts'
import type { Services } from '../cascade/services.ts'
import { Sync } from '../cascade/sync.ts'
import { startUpkeep } from '../cascade/upkeep.ts'
import { FileLinks } from '../integrations/files/links.ts'
import { clamdScanner } from '../integrations/files/scanner.ts'
import { openStore } from '../integrations/files/store.ts'
import { loadSecret, SecretBox } from '../storage/secret-box.ts'
import { openStorage, type Storage } from '../storage/storage.ts'
import { createApp } from './app.ts'
import { createClients } from './clients.ts'
import { addDatabaseMetrics } from './database-metrics.ts'
import { Readiness } from './readiness.ts'
import type { Config } from './config.ts'
import type { ApiServices } from './services.ts'
import { Scans } from './widget/scans.ts'
import { startFileSweep } from './widget/sweep-files.ts'

const RUN_LIFETIME_SECONDS = 3600

export type RunningServer = {
  url: string
  /** The one that the system gave, where PORT is 0. */
  port: number
  services: ApiServices
  stop: () => Promise<void>
}

/** What a stranger may hold open before anything is known of them. */
export type HttpLimits = {
  headersTimeoutMs: number
  requestTimeoutMs: number
  maxHeaderBytes: number
  maxConnections: number
}
const HTTP_LIMITS: HttpLimits = {
  headersTimeoutMs: 15_000,
  // An upload's piece of 5 MB on a slow line; what takes longer goes on where it was.
  requestTimeoutMs: 300_000,
  maxHeaderBytes: 16 * 1024,
  maxConnections: 10_000,
}
/** How long a stop waits for requests of others before it cuts them off. */
const CLOSE_GRACE_MS = 10_000

/** Puts everything together and listens. */
export async function startServer(
  config: Config,
  limits: HttpLimits = HTTP_LIMITS,
): Promise<RunningServer> {
  const log = pino({ level: config.LOG_LEVEL, redact: ['err.cause'] })
  const { DATABASE_URL: url, dataFolder } = config
  const storage = await openStorage({ url, dataFolder, log })
  const services = await createServices(config, storage, log)
  const { engine } = services
  const app = createApp(services)
  // Before anything new comes in: what a stop left open is not to be taken for a new run's work.
  await engine.start()
  const server = createAdaptorServer({
    fetch: app.fetch,
    hostname: config.HOST,
    serverOptions: {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      maxHeaderSize: limits.maxHeaderBytes,
      connectionsCheckingInterval: Math.min(5000, limits.headersTimeoutMs / 2),
    },
  })
  if (server instanceof Server) server.maxConnections = limits.maxConnections
  // A burst of webhooks waits at the door; of Node's own 511 the system would turn the others away.
  server.listen({ port: config.PORT, host: config.HOST, backlog: limits.maxConnections })
  await once(server, 'listening')
  const sync = new Sync(services)
  await sync.start()
  const stopSweep = startFileSweep(services)
  services.scans?.wake()
  const stopUpkeep = startUpkeep(services, engine, services.credentials)
  log.info({ url: config.PUBLIC_URL }, 'listening')

  return {
    url: config.PUBLIC_URL,
    port: portOf(server),
    services,
    async stop() {
      // A balancer looks elsewhere from now on; what still comes is served.
      services.readiness.stopping()
      sync.stop()
      stopSweep()
      services.scans?.stop()
      stopUpkeep()
      // What is on its way may need its webhooks to come to an end, so the door closes last.
      await engine.stop()
      await closed(server)
      await storage.close()
    },
  }
}

function portOf(server: ServerType): number {
  const address = server.address()
  return address && typeof address === 'object' ? address.port : 0
}

/** Takes nobody new, lets requests end, and cuts off what takes too long. */
async function closed(server: ServerType): Promise<void> {
  const cut = setTimeout(() => {
    if (server instanceof Server) server.closeAllConnections()
  }, CLOSE_GRACE_MS)
  await new Promise(resolve => server.close(resolve))
  clearTimeout(cut)
}

/** As if the power failed: no handler of ours runs. */
function dieAt(failpoint: string | undefined): Services['failpoint'] {
  if (failpoint === undefined) return () => undefined
  return name => {
    if (name === failpoint) process.kill(process.pid, 'SIGKILL')
  }
}

async function createServices(
  config: Config,
  { clock, database, slots, transact, uploadLocker, wakeUps, worker }: Storage,
  log: pino.Logger,
): Promise<ApiServices> {
  const secret = loadSecret(config.SECRET_KEY, config.dataFolder)
  const box = new SecretBox(secret, config.SECRET_KEY_BEFORE)
  const fileStore = await openStore(config.FILES_URL)
  const metrics = createMetrics()
  addDatabaseMetrics(metrics.registry, { clock, database })
  const watcher = watchLimiter(metrics)
  const clients = createClients({ box, clock, config, database, log, slots, watcher })
  const { accounts, credentials, kommo, oauth, radist } = clients
  const resealed = await accounts.reseal(database)
  if (resealed > 0) log.info({ secrets: resealed }, 'sealed anew with the present SECRET_KEY')
  const fileLinks = new FileLinks(box.derive('file links'), config.FILES_PUBLIC_URL)
  const services: Services = {
    database,
    transact,
    wakeUps,
    worker,
    accounts,
    kommo,
    radist,
    clock,
    log,
    metrics,
    failpoint: dieAt(config.FAILPOINT),
    fileUrl: (accountId, fileId) => fileLinks.url(accountId, fileId, clock.now()),
    settings: {
      publicUrl: config.PUBLIC_URL,
      deliveryWaitSeconds: config.DELIVERY_WAIT_SECONDS,
      runLifetimeSeconds: RUN_LIFETIME_SECONDS,
    },
  }
  return {
    ...services,
    config,
    credentials,
    oauth,
    engine: new Engine(services),
    readiness: new Readiness({ clock, fileStore, log, transact }),
    fileStore,
    scans: config.CLAMD_URL
      ? new Scans({ database, fileStore, clock, log }, clamdScanner(config.CLAMD_URL))
      : null,
    fileLinks,
    uploadLocker,
    tokens: {
      clientId: config.KOMMO_CLIENT_ID,
      clientSecret: createSecretKey(config.KOMMO_CLIENT_SECRET, 'utf8'),
      audience: new URL(config.PUBLIC_URL).origin,
      now: () => clock.now(),
      accountOrigin: subdomain => new URL(kommo.accountUrl(subdomain)).origin,
    },
  }
}

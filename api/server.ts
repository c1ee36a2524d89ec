import { createSecretKey } from 'node:crypto'
import { serve } from '@hono/node-server'
import pino from 'pino'
import { Engine } from '../cascade/engine.ts'
import type { Services } from '../cascade/services.ts'
import { Sync } from '../cascade/sync.ts'
import { startUpkeep } from '../cascade/upkeep.ts'
import { systemClock } from '../cascade/system-clock.ts'
import { FileLinks } from '../integrations/files/links.ts'
import { clamdScanner } from '../integrations/files/scanner.ts'
import { openStore } from '../integrations/files/store.ts'
import { KommoClient } from '../integrations/kommo/client.ts'
import { StoredCredentials } from '../integrations/kommo/credentials.ts'
import { createGate } from '../integrations/kommo/gate.ts'
import { KommoOAuth } from '../integrations/kommo/oauth.ts'
import { createLimiter } from '../integrations/limiter.ts'
import { RadistClient } from '../integrations/radist/client.ts'
import { Accounts } from '../storage/accounts.ts'
import { startCheckpoints } from '../storage/checkpoints.ts'
import { databaseFile, openDatabase } from '../storage/database.ts'
import { createGroupCommit } from '../storage/group-commit.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { loadSecret, SecretBox } from '../storage/secret-box.ts'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import type { ApiServices } from './services.ts'
import { Scans } from './widget/scans.ts'
import { startFileSweep } from './widget/sweep-files.ts'

const RUN_LIFETIME_SECONDS = 3600

export type RunningServer = { url: string; services: ApiServices; stop: () => Promise<void> }

/** Puts everything together and listens. */
export async function startServer(config: Config): Promise<RunningServer> {
  const unlock = lockFolder(config.dataFolder)
  const log = pino({ level: config.LOG_LEVEL, redact: ['err.cause'] })
  const services = await createServices(config, log)
  const { engine, database } = services
  const app = createApp(services)
  // Before anything new comes in: what a stop left open is not to be taken for a new run's work.
  await engine.start()
  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const listening = serve({ fetch: app.fetch, port: config.PORT, hostname: config.HOST }, () =>
      resolve(listening),
    )
    listening.once('error', reject)
  })
  const sync = new Sync(services)
  await sync.start()
  const stopSweep = startFileSweep(services)
  services.scans?.wake()
  const stopUpkeep = startUpkeep(services, engine, services.credentials)
  const stopCheckpoints = startCheckpoints(databaseFile(config.DATABASE_URL), log)
  log.info({ url: config.PUBLIC_URL }, 'listening')

  return {
    url: config.PUBLIC_URL,
    services,
    async stop() {
      sync.stop()
      stopSweep()
      services.scans?.stop()
      stopUpkeep()
      // What is on its way may need its webhooks to come to an end, so the door closes last.
      await engine.stop()
      await new Promise(resolve => server.close(resolve))
      await stopCheckpoints()
      await database.destroy()
      unlock()
    },
  }
}

/** As if the power failed: no handler of ours runs. */
function dieAt(failpoint: string | undefined): Services['failpoint'] {
  if (failpoint === undefined) return () => undefined
  return name => {
    if (name === failpoint) process.kill(process.pid, 'SIGKILL')
  }
}

async function createServices(config: Config, log: pino.Logger): Promise<ApiServices> {
  const database = await openDatabase(config.DATABASE_URL)
  const box = new SecretBox(loadSecret(config.SECRET_KEY, config.dataFolder))
  const clock = systemClock
  const { transact } = createGroupCommit(database)
  const fileStore = await openStore(config.FILES_URL)
  const limiter = createLimiter(clock)
  const accounts = new Accounts(box, config.RADIST_API_URL)
  const kommoUrl = config.KOMMO_URL
  const integration = {
    clientId: config.KOMMO_CLIENT_ID,
    clientSecret: config.KOMMO_CLIENT_SECRET,
    redirectUri: `${config.PUBLIC_URL}/oauth/kommo/callback`,
  }
  const oauth = new KommoOAuth(kommoUrl, integration, limiter, clock)
  const credentials = new StoredCredentials({ accounts, clock, database, kommoUrl, log, oauth })
  const gate = createGate(clock, limiter, config.KOMMO_MAX_REQUESTS_PER_SECOND)
  const kommo = new KommoClient(kommoUrl, limiter, credentials, gate)
  const fileLinks = new FileLinks(box.derive('file links'), config.FILES_PUBLIC_URL)
  const services: Services = {
    database,
    transact,
    accounts,
    kommo,
    radist: new RadistClient(limiter, config.RADIST_API_URL),
    clock,
    log,
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
    fileStore,
    scans: config.CLAMD_URL
      ? new Scans({ database, fileStore, clock, log }, clamdScanner(config.CLAMD_URL))
      : null,
    fileLinks,
    tokens: {
      clientId: config.KOMMO_CLIENT_ID,
      clientSecret: createSecretKey(config.KOMMO_CLIENT_SECRET, 'utf8'),
      audience: new URL(config.PUBLIC_URL).origin,
      accountOrigin: subdomain => new URL(kommo.accountUrl(subdomain)).origin,
    },
  }
}

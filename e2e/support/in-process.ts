import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { readConfig } from '../../api/config.ts'
import { startServer } from '../../api/server.ts'
import { ACCOUNT_ID, LONG_LIVED_TOKEN, SUBDOMAIN } from '../../emulators/kommo/account.ts'
import { startKommo } from '../../emulators/kommo/server.ts'
import type { Integration } from '../../emulators/kommo/tokens.ts'
import { startRadist } from '../../emulators/radist/server.ts'
import { stepWith } from './bot-step.ts'
import { checkStack } from './check-history.ts'
import { PATIENCE_MS } from './emulated.ts'
import { freePorts } from './free-ports.ts'
import { until } from './until.ts'

/** Product and emulators in the test's own process, with real HTTP between them. */
export async function startInProcess(
  options: { isSynced?: boolean; environment?: Record<string, string> } = {},
) {
  const [port = 0] = await freePorts(1)
  const url = `http://localhost:${port}`
  const integration: Integration = {
    clientId: 'client-id',
    clientSecret: 'client-secret-of-the-test-integration',
    redirectUri: `${url}/oauth/kommo/callback`,
  }
  const kommo = await startKommo(0, integration)
  kommo.setSwitches({ hookAnswerMs: PATIENCE_MS })
  const radist = await startRadist(0)
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cascade-'))
  const environment = {
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_URL: url,
    KOMMO_CLIENT_ID: integration.clientId,
    KOMMO_CLIENT_SECRET: integration.clientSecret,
    KOMMO_URL: kommo.url,
    RADIST_API_URL: `${radist.url}/v2`,
    DATABASE_URL: `sqlite:${folder}/cascade.db`,
    FILES_URL: `file:${folder}/files`,
    DELIVERY_WAIT_SECONDS: '1',
    LOG_LEVEL: 'silent',
    ...options.environment,
  }
  const server = await startServer(readConfig(environment))
  const { accounts, database } = server.services
  await accounts.save(
    database,
    {
      id: ACCOUNT_ID,
      subdomain: SUBDOMAIN,
      kommoToken: LONG_LIVED_TOKEN,
      radist: { key: radist.world.apiKey, url: null, companyId: radist.world.companyId },
    },
    Date.now(),
  )
  const isSynced = async () => (await accounts.find(database, ACCOUNT_ID))?.chatsSyncedAt !== null
  const synced = () => until('the first sync', isSynced)
  if (options.isSynced !== false) await synced()

  return {
    url,
    kommo,
    radist,
    integration,
    environment,
    filesFolder: path.join(folder, 'files'),
    services: server.services,
    synced,
    /** Each run that SalesBot started, as it ended. */
    async runBot(message: object, leadId: number) {
      const bot = kommo.bots.create('Test')
      const text = JSON.stringify(message).replaceAll('{{', '{\\u007b')
      const fault = kommo.bots.save({ ...bot, blocks: [stepWith(url, text)] })
      if (fault) throw new Error(fault)
      const run = kommo.runner.start(bot.id, leadId)
      if (!run) throw new Error('The bot did not start')
      await until('the bot', async () => run.state === 'finished' || run.state === 'stuck')
      return run
    },
    /** Stops, and checks the history of all that was sent. */
    async stop() {
      const logs = {
        kommo: { calls: kommo.calls },
        radist: { sends: radist.world.sends, webhooks: radist.webhooks.log },
      }
      const { violations } = await checkStack(server.services.database, logs)
      await server.stop()
      kommo.stop()
      radist.stop()
      await rm(folder, { recursive: true, force: true })
      if (violations.length > 0) throw new Error(violations.join('\n'))
    },
  }
}

import type { Logger } from 'pino'
import type { Clock } from '../cascade/core/clock.ts'
import { KommoClient } from '../integrations/kommo/client.ts'
import { StoredCredentials } from '../integrations/kommo/credentials.ts'
import { createGate } from '../integrations/kommo/gate.ts'
import { KommoOAuth } from '../integrations/kommo/oauth.ts'
import { createLimiter, type Slots, type Watcher } from '../integrations/limiter.ts'
import { RadistClient } from '../integrations/radist/client.ts'
import { Accounts } from '../storage/accounts.ts'
import type { Database } from '../storage/database.ts'
import type { SecretBox } from '../storage/secret-box.ts'
import type { Config } from './config.ts'

/** Kommo and Radist as the server, and each command beside it, asks them. */
export function createClients(of: {
  box: SecretBox
  clock: Clock
  config: Config
  database: Database
  log: Logger
  slots?: Slots | undefined
  watcher?: Watcher
}) {
  const { box, clock, config, database, log, slots, watcher } = of
  const limiter = createLimiter(clock, watcher, slots)
  const accounts = new Accounts(box, config.RADIST_API_URL)
  const kommoUrl = config.KOMMO_URL
  const integration = {
    clientId: config.KOMMO_CLIENT_ID,
    clientSecret: config.KOMMO_CLIENT_SECRET,
    redirectUri: `${config.PUBLIC_URL}/oauth/kommo/callback`,
  }
  const oauth = new KommoOAuth(kommoUrl, integration, limiter, clock)
  const credentials = new StoredCredentials({ accounts, clock, database, kommoUrl, log, oauth })
  // Each machine has an address of its own, and so a cap of its own.
  const gate = createGate(clock, createLimiter(clock), config.KOMMO_MAX_REQUESTS_PER_SECOND)
  const kommo = new KommoClient(kommoUrl, limiter, credentials, gate)
  const radist = new RadistClient(limiter, config.RADIST_API_URL)
  return { accounts, credentials, kommo, oauth, radist }
}

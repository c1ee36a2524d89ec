import type { Logger } from 'pino'
import type { KommoClient } from '../integrations/kommo/client.ts'
import type { RadistClient } from '../integrations/radist/client.ts'
import type { Accounts } from '../storage/accounts.ts'
import type { Database } from '../storage/database.ts'
import type { Transact } from '../storage/transact.ts'
import type { Clock } from './core/clock.ts'
import type { Metrics } from './metrics.ts'
import type { WakeUps } from './core/wake-ups.ts'
import type { Worker } from './core/worker.ts'

/** What the engine works with. */
export type Services = {
  /** For reads, and for writes that nobody waits for. */
  database: Database
  transact: Transact
  wakeUps: WakeUps
  worker: Worker
  accounts: Accounts
  kommo: Pick<KommoClient, keyof KommoClient>
  radist: Pick<RadistClient, keyof RadistClient>
  clock: Clock
  log: Logger
  metrics: Metrics
  /** The link by which a messenger fetches a file; it expires. */
  fileUrl: (accountId: number, fileId: string) => string
  /** Called at every place where a crash must do no harm. Only the crash tests listen. */
  failpoint: (name: string) => void
  settings: {
    publicUrl: string
    deliveryWaitSeconds: number
    runLifetimeSeconds: number
  }
}

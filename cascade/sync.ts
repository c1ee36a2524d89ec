import type { RadistAccess, RadistFailure } from '../integrations/radist/client.ts'
import type { Account } from '../storage/accounts.ts'
import { backoffMs } from './core/backoff.ts'
import { isChatCheckDue } from './core/nightly.ts'
import { radistAccess } from './effects.ts'
import type { Services } from './services.ts'
import { syncChats } from './sync-chats.ts'
import { syncConnections } from './sync-connections.ts'
import { hookPrefix, syncWebhooks } from './sync-webhooks.ts'

/** New accounts are found this fast. */
const LOOK_EVERY_MS = 1000
/** Connections and webhooks are looked at this often: a number that was logged out is seen soon. */
const CHECK_EVERY_MS = 15 * 60_000
const RETRY_AFTER_MAX_MS = 5 * 60_000
/** An account that is looked at is left to whoever took it for this long. */
const TAKEN_FOR_MS = 5 * 60_000
const AT_ONCE = 20

/** Keeps every account's settings, connections, webhooks and chat index like Radist's and Kommo's. */
export class Sync {
  private readonly services: Services
  private readonly checking = new Map<number, Promise<void>>()
  private readonly readingChats = new Set<number>()
  private readonly failures = new Map<number, number>()
  private stopped = false

  constructor(services: Services) {
    this.services = services
  }

  async start(): Promise<void> {
    const { accounts, database, settings } = this.services
    const prefix = hookPrefix(settings.publicUrl)
    await accounts.checkWhereWebhooksStandElsewhere(database, prefix)
    this.lookAgain()
  }

  stop(): void {
    this.stopped = true
  }

  private lookAgain(): void {
    if (this.stopped) return
    const { clock, log } = this.services
    this.look()
      .catch((error: unknown) => log.error({ err: error }, 'looking for accounts failed'))
      .finally(() => clock.callAt(clock.now() + LOOK_EVERY_MS, () => this.lookAgain()))
  }

  private async look(): Promise<void> {
    const { accounts, clock, log, transact } = this.services
    const room = AT_ONCE - this.checking.size
    if (room <= 0) return
    const now = clock.now()
    const until = now + TAKEN_FOR_MS
    const due = await transact(null, db => accounts.takeDue(db, now, until, room))
    for (const account of due) {
      // Keys that came while it is looked at: it is looked at again right after.
      const before = this.checking.get(account.id) ?? Promise.resolve()
      const work: Promise<void> = before
        .then(() => this.check(account, until))
        .catch((error: unknown) => log.error({ account: account.id, err: error }, 'sync failed'))
        .finally(() => {
          if (this.checking.get(account.id) === work) this.checking.delete(account.id)
        })
      this.checking.set(account.id, work)
    }
  }

  /** Looks at everything but the chats, which are read beside it when it is time. */
  private async check(account: Account, takenUntil: number): Promise<void> {
    const { accounts, clock, database, log } = this.services
    const known = radistAccess(account)
    if (!known) return
    const access: RadistAccess = { ...known, urgency: 'background' }
    await this.syncKommo(account)
    const problem =
      (await this.stage(account, 'connections', () =>
        syncConnections(this.services, account, access),
      )) ??
      (await this.stage(account, 'webhooks', () => syncWebhooks(this.services, account, access)))
    if (problem) log.warn({ account: account.id, problem: problem.code }, 'Radist sync failed')
    const failures = problem ? (this.failures.get(account.id) ?? 0) + 1 : 0
    this.failures.set(account.id, failures)
    const waitMs = problem ? Math.min(RETRY_AFTER_MAX_MS, backoffMs(failures - 1)) : CHECK_EVERY_MS
    await accounts.putBack(database, account.id, takenUntil, {
      check_at: clock.now() + waitMs,
      sync_problem: problem?.code ?? null,
    })
    if (!problem) this.readChatsIfDue(await accounts.find(database, account.id), access)
  }

  /** Says what a sync under way is at, unless the chats say so already. */
  private async stage(
    { id }: Account,
    stage: 'connections' | 'webhooks',
    work: () => Promise<RadistFailure | null>,
  ): Promise<RadistFailure | null> {
    const { accounts, database } = this.services
    if (this.readingChats.has(id)) return work()
    await accounts.update(database, id, { sync_stage: stage })
    const problem = await work()
    await accounts.update(database, id, { sync_stage: null })
    return problem
  }

  private readChatsIfDue(account: Account | null, access: RadistAccess): void {
    const { accounts, clock, database, log } = this.services
    if (!account || this.readingChats.has(account.id)) return
    if (!isChatCheckDue(account, clock.now())) return
    this.readingChats.add(account.id)
    this.readChatsAlone(account, access)
      .then(async problem => {
        if (!problem) return
        log.warn({ account: account.id, problem: problem.code }, 'reading chats stopped')
        const failures = (this.failures.get(account.id) ?? 0) + 1
        this.failures.set(account.id, failures)
        const waitMs = Math.min(RETRY_AFTER_MAX_MS, backoffMs(failures - 1))
        const change = { check_at: clock.now() + waitMs, sync_problem: problem.code }
        await accounts.update(database, account.id, change)
      })
      .catch((error: unknown) => log.error({ account: account.id, err: error }, 'sync failed'))
      .finally(() => this.readingChats.delete(account.id))
  }

  /** Hours may pass: another process is not to begin beside it. */
  private async readChatsAlone(
    account: Account,
    access: RadistAccess,
  ): Promise<RadistFailure | null> {
    const { accounts, database } = this.services
    const { id: worker } = this.services.worker
    if (worker === null) return syncChats(this.services, account, access)
    if (!(await accounts.takeChats(database, account.id, worker))) return null
    try {
      return await syncChats(this.services, account, access)
    } finally {
      await accounts.leaveChats(database, account.id, worker)
    }
  }

  private async syncKommo(account: Account): Promise<void> {
    const { database, accounts, kommo } = this.services
    const result = await kommo.account(account)
    if (!result.ok) return
    const { country, language, currency, _embedded } = result.value
    await accounts.update(database, account.id, {
      country: country?.toUpperCase() ?? null,
      language: language ?? 'en',
      currency: currency ?? null,
      time_zone: _embedded?.datetime_settings?.timezone ?? null,
    })
  }
}

import { FIRST_ORDER, isMessenger, messengerFacts } from '../contracts/messengers.ts'
import { normalisePhone, normaliseUsername } from '../integrations/kommo/addresses.ts'
import type { RadistAccess, RadistFailure } from '../integrations/radist/client.ts'
import type { RadistConnection } from '../integrations/radist/answers.ts'
import type { Account, SyncStage } from '../storage/accounts.ts'
import {
  readCascade,
  setConnection,
  upsertConnection,
  upsertMessenger,
  type Connection,
} from '../storage/cascades.ts'
import { upsertChat } from '../storage/chats.ts'
import { backoffMs } from './core/backoff.ts'
import { radistAccess } from './effects.ts'
import type { Services } from './services.ts'

/** New accounts are found this fast; known ones are read again once a day. */
const LOOK_EVERY_MS = 1000
const SYNC_EVERY_MS = 24 * 3600_000
const RETRY_AFTER_MAX_MS = 5 * 60_000

/** Keeps every account's settings, connections, webhooks and chat index like Radist's and Kommo's. */
export class Sync {
  private readonly services: Services
  private readonly running = new Set<number>()
  private readonly notBefore = new Map<number, number>()
  private readonly failures = new Map<number, number>()
  private stopped = false

  constructor(services: Services) {
    this.services = services
  }

  start(): void {
    if (this.stopped) return
    const { clock, log } = this.services
    this.look()
      .catch((error: unknown) => log.error({ err: error }, 'looking for accounts failed'))
      .finally(() => clock.callAt(clock.now() + LOOK_EVERY_MS, () => this.start()))
  }

  stop(): void {
    this.stopped = true
  }

  private async look(): Promise<void> {
    const { database, accounts, clock, log } = this.services
    const due = await accounts.dueForSync(database, this.hookPrefix(), clock.now() - SYNC_EVERY_MS)
    for (const account of due) {
      if (this.running.has(account.id) || !this.isTime(account)) continue
      this.running.add(account.id)
      this.syncAccount(account)
        .catch((error: unknown) => log.error({ account: account.id, err: error }, 'sync failed'))
        .finally(() => {
          this.running.delete(account.id)
          const failures = this.failures.get(account.id) ?? 0
          const waitMs = Math.min(RETRY_AFTER_MAX_MS, backoffMs(failures))
          this.notBefore.set(account.id, clock.now() + waitMs)
        })
    }
  }

  /** What failed is tried again later and later; keys that were just given, at once. */
  private isTime(account: Account): boolean {
    const isNewKey = account.radistSyncedAt === null && account.syncProblem === null
    return isNewKey || (this.notBefore.get(account.id) ?? 0) <= this.services.clock.now()
  }

  private hookPrefix(): string {
    return `${this.services.settings.publicUrl}/hooks/radist/`
  }

  /** One full sync. What Radist or Kommo refuses is noted at the account and tried again. */
  async syncAccount(account: Account): Promise<void> {
    const { database, accounts, clock, log } = this.services
    const access = radistAccess(account)
    if (!access) return
    await this.syncKommo(account)
    const stage = (sync_stage: SyncStage) =>
      accounts.update(database, account.id, { sync_stage, sync_count: 0 })
    await stage('connections')
    let problem = await this.syncConnections(account, access)
    if (!problem) {
      await stage('webhooks')
      problem = await this.syncWebhooks(account, access)
    }
    if (!problem) {
      await stage('chats')
      problem = await this.syncChats(account, access)
    }
    if (problem) log.warn({ account: account.id, problem: problem.code }, 'Radist sync failed')
    this.failures.set(account.id, problem ? (this.failures.get(account.id) ?? 0) + 1 : 0)
    await accounts.update(database, account.id, {
      sync_problem: problem?.code ?? null,
      sync_stage: null,
      ...(problem ? {} : { radist_synced_at: clock.now(), chats_synced_at: clock.now() }),
    })
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

  private async syncConnections(
    account: Account,
    access: RadistAccess,
  ): Promise<RadistFailure | null> {
    const { transact, radist } = this.services
    const connections = await radist.connections(access)
    if (!connections.ok) return connections.failure
    const sources = await radist.sources(access)
    if (!sources.ok) return sources.failure
    const ofMessengers = connections.value.filter(connection => isMessenger(connection.type))
    await transact(async transaction => {
      const known = await readCascade(transaction, account.id)
      const isFirst = known.length === 0
      for (const type of orderOfTypes(ofMessengers)) {
        const source = sources.value.find(candidate => candidate.type === type)
        const newChatBy = source?.newChatBy ?? [...messengerFacts(type).newChatBy]
        const canWriteFirst = messengerFacts(type).canWriteFirst && newChatBy.length > 0
        const position = (await readCascade(transaction, account.id)).length
        const joins = { position, isOn: isFirst && canWriteFirst, isNew: !isFirst }
        await upsertMessenger(transaction, account.id, { type, canWriteFirst, newChatBy }, joins)
      }
      for (const connection of ofMessengers) {
        const { type: messenger, ...facts } = connection
        const joins = { ticked: isFirst, isNew: !isFirst }
        await upsertConnection(transaction, account.id, { ...facts, messenger }, joins)
      }
      const gone = known
        .flatMap(messenger => messenger.connections)
        .filter(one => ofMessengers.every(found => found.connectionId !== one.connectionId))
      for (const { connectionId } of gone) {
        await setConnection(transaction, account.id, connectionId, { state: 'deleted' })
      }
    })
    return null
  }

  /** One subscription per connection, made again when our address has changed. */
  private async syncWebhooks(
    account: Account,
    access: RadistAccess,
  ): Promise<RadistFailure | null> {
    const { database, accounts, radist } = this.services
    const url = `${this.hookPrefix()}${account.radistSecret}`
    const moved = account.webhookUrl !== null && account.webhookUrl !== url
    for (const connection of await this.connectionsOf(account)) {
      if (connection.state === 'deleted') continue
      if (connection.webhookId && !moved) continue
      const created = await radist.createWebhook(access, connection.connectionId, url)
      if (!created.ok) return created.failure
      if (connection.webhookId) await radist.deleteWebhook(access, connection.webhookId)
      const change = { webhook_id: created.value }
      await setConnection(database, account.id, connection.connectionId, change)
    }
    await accounts.update(database, account.id, { webhook_url: url })
    return null
  }

  private async connectionsOf(account: Account): Promise<Connection[]> {
    const cascade = await readCascade(this.services.database, account.id)
    return cascade.flatMap(messenger => messenger.connections)
  }

  private async syncChats(account: Account, access: RadistAccess): Promise<RadistFailure | null> {
    const { database, transact, accounts, radist } = this.services
    const country = (await accounts.find(database, account.id))?.country ?? null
    let cursor: string | null = null
    let count = 0
    do {
      const page = await radist.chatsPage(access, cursor)
      if (!page.ok) return page.failure
      await transact(async transaction => {
        for (const chat of page.value.chats) {
          await upsertChat(transaction, account.id, {
            ...chat,
            phone: chat.phone && normalisePhone(chat.phone, country),
            username: chat.username && normaliseUsername(chat.username),
            lastInboundAt: null,
          })
        }
        count += page.value.chats.length
        await accounts.update(transaction, account.id, { sync_count: count })
      })
      cursor = page.value.nextCursor
    } while (cursor)
    return null
  }
}

/** Messengers in the order of a new cascade: the first three, then the rest as Radist lists them. */
function orderOfTypes(connections: readonly RadistConnection[]): string[] {
  const types = new Set(connections.map(connection => connection.type))
  const first = FIRST_ORDER.filter(type => types.has(type))
  return [...new Set([...first, ...types])]
}

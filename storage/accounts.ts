import { sql, type Selectable } from 'kysely'
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Queryable } from './database.ts'
import { prepare, type Value } from './prepare.ts'
import type { Tables } from './schema.ts'
import type { SecretBox } from './secret-box.ts'

/** A Kommo account, our tenant, with its secrets opened. */
export type Account = {
  id: number
  subdomain: string
  kommoToken: string
  radist: { key: string; url: string; companyId: number } | null
  /** The unguessable part of this account's webhook address. */
  radistSecret: string
  country: string | null
  language: string
  timeZone: string | null
  /** ISO 4217. */
  currency: string | null
  usernameFieldId: number | null
  writesNote: boolean
  cascadeVersion: number
  radistSyncedAt: number | null
  chatsSyncedAt: number | null
  webhookUrl: string | null
  syncProblem: string | null
  /** When it last got keys of Kommo's. */
  connectedAt: number
  /** How long the texts of ended runs are kept. */
  retentionDays: number
  /** What a sync under way is at, and how many chats it has read. */
  sync: { stage: SyncStage; chats: number } | null
}
export type SyncStage = z.infer<typeof syncStageSchema>
const syncStageSchema = z.enum(['connections', 'webhooks', 'chats'])

export type NewAccount = {
  id: number
  subdomain: string
  kommoToken: string
  radist: { key: string; url: string | null; companyId: number } | null
}

/** Unless an admin says otherwise. */
const RETENTION_DAYS = 90

const accountById = prepare((db, value: Value<{ id: number }>) =>
  db.selectFrom('accounts').selectAll().where('id', '=', value('id')),
)
const accountByRadistSecret = prepare((db, value: Value<{ secret: string }>) =>
  db.selectFrom('accounts').selectAll().where('radist_secret', '=', value('secret')),
)

export class Accounts {
  private readonly box: SecretBox
  private readonly defaultRadistUrl: string

  constructor(box: SecretBox, defaultRadistUrl: string) {
    this.box = box
    this.defaultRadistUrl = defaultRadistUrl
  }

  /** Adds an account, or gives a known one new keys; what it had set up stays. */
  async save(db: Queryable, account: NewAccount, now: number): Promise<void> {
    const keys = {
      subdomain: account.subdomain,
      kommo_token: this.box.seal(account.kommoToken),
      radist_key: account.radist ? this.box.seal(account.radist.key) : null,
      radist_url: account.radist?.url ?? null,
      radist_company_id: account.radist?.companyId ?? null,
      radist_synced_at: null,
      sync_problem: null,
      connected_at: now,
    }
    await db
      .insertInto('accounts')
      .values({
        id: account.id,
        ...keys,
        radist_secret: randomBytes(24).toString('base64url'),
        country: null,
        language: 'en',
        time_zone: null,
        currency: null,
        username_field_id: null,
        writes_note: 1,
        cascade_version: 1,
        chats_synced_at: null,
        webhook_url: null,
        created_at: now,
        retention_days: RETENTION_DAYS,
        sync_stage: null,
        sync_count: 0,
      })
      .onConflict(conflict => conflict.column('id').doUpdateSet(keys))
      .execute()
  }

  async find(db: Queryable, id: number): Promise<Account | null> {
    const [row] = await accountById(db, { id })
    return row ? this.open(row) : null
  }

  async findByRadistSecret(db: Queryable, secret: string): Promise<Account | null> {
    const [row] = await accountByRadistSecret(db, { secret })
    return row ? this.open(row) : null
  }

  async list(db: Queryable): Promise<Account[]> {
    const rows = await db.selectFrom('accounts').selectAll().orderBy('id').execute()
    return rows.map(row => this.open(row))
  }

  /** Accounts that Radist or Kommo must be read for again, or whose webhooks stand elsewhere. */
  async dueForSync(db: Queryable, hookPrefix: string, syncedBefore: number): Promise<Account[]> {
    const rows = await db
      .selectFrom('accounts')
      .selectAll()
      .where('radist_key', 'is not', null)
      .where(expression =>
        expression.or([
          expression('chats_synced_at', 'is', null),
          expression('radist_synced_at', 'is', null),
          expression('radist_synced_at', '<', syncedBefore),
          expression('webhook_url', 'is', null),
          expression('webhook_url', '!=', sql<string>`${hookPrefix} || radist_secret`),
        ]),
      )
      .orderBy('id')
      .execute()
    return rows.map(row => this.open(row))
  }

  async isKnownSubdomain(db: Queryable, subdomain: string): Promise<boolean> {
    const query = db.selectFrom('accounts').select('id').where('subdomain', '=', subdomain)
    return (await query.executeTakeFirst()) !== undefined
  }

  async update(
    db: Queryable,
    id: number,
    change: Partial<
      Pick<
        Tables['accounts'],
        | 'country'
        | 'language'
        | 'time_zone'
        | 'currency'
        | 'radist_synced_at'
        | 'chats_synced_at'
        | 'webhook_url'
        | 'sync_problem'
        | 'sync_stage'
        | 'sync_count'
        | 'username_field_id'
        | 'writes_note'
        | 'retention_days'
      >
    >,
  ): Promise<void> {
    await db.updateTable('accounts').set(change).where('id', '=', id).execute()
  }

  /**
   * Other keys of Radist's, or the same ones to be read anew. Another company has other chats, so they
   * are looked for from the start.
   */
  async setRadist(
    db: Queryable,
    account: Pick<Account, 'id' | 'radist'>,
    radist: NonNullable<Account['radist']>,
  ): Promise<void> {
    const isOther = account.radist?.companyId !== radist.companyId
    await db
      .updateTable('accounts')
      .set({
        radist_key: this.box.seal(radist.key),
        radist_url: radist.url === this.defaultRadistUrl ? null : radist.url,
        radist_company_id: radist.companyId,
        radist_synced_at: null,
        sync_problem: null,
        ...(isOther ? { chats_synced_at: null } : {}),
      })
      .where('id', '=', account.id)
      .execute()
  }

  /** A new token of Kommo's: bots that were held may go on. */
  async setKommoToken(db: Queryable, id: number, token: string, now: number): Promise<void> {
    await db
      .updateTable('accounts')
      .set({ kommo_token: this.box.seal(token), connected_at: now })
      .where('id', '=', id)
      .execute()
  }

  /** Removes an account with everything that is its own. Files' bytes are the file store's matter. */
  async remove(db: Queryable, id: number): Promise<boolean> {
    for (const table of [
      'messengers',
      'connections',
      'chats',
      'runs',
      'run_history',
      'sent_messages',
      'run_chats',
      'chat_queue',
      'receipts',
      'erased_contacts',
      'files',
      'sign_in_codes',
      'sessions',
      'cascade_changes',
      'daily_runs',
      'daily_attempts',
      'delivery_times',
    ] as const) {
      await db.deleteFrom(table).where('account_id', '=', id).execute()
    }
    const result = await db.deleteFrom('accounts').where('id', '=', id).executeTakeFirst()
    return result.numDeletedRows > 0n
  }

  private open(row: Selectable<Tables['accounts']>): Account {
    const { radist_key: key, radist_company_id: companyId } = row
    return {
      id: row.id,
      subdomain: row.subdomain,
      kommoToken: this.box.open(row.kommo_token),
      radist:
        key !== null && companyId !== null
          ? { key: this.box.open(key), url: row.radist_url ?? this.defaultRadistUrl, companyId }
          : null,
      radistSecret: row.radist_secret,
      country: row.country,
      language: row.language,
      timeZone: row.time_zone,
      currency: row.currency,
      usernameFieldId: row.username_field_id,
      writesNote: row.writes_note === 1,
      cascadeVersion: row.cascade_version,
      radistSyncedAt: row.radist_synced_at,
      chatsSyncedAt: row.chats_synced_at,
      webhookUrl: row.webhook_url,
      syncProblem: row.sync_problem,
      connectedAt: row.connected_at,
      retentionDays: row.retention_days,
      sync:
        row.sync_stage === null
          ? null
          : { stage: syncStageSchema.parse(row.sync_stage), chats: row.sync_count },
    }
  }
}

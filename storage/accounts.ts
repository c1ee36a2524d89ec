import { sql, type Selectable } from 'kysely'
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Queryable } from './database.ts'
import { KommoGrants, type Tokens } from './kommo-grants.ts'
import { prepare, type Value } from './prepare.ts'
import type { Tables } from './schema.ts'
import type { SecretBox } from './secret-box.ts'

/** A Kommo account, our tenant, with its secrets opened. */
export type Account = {
  id: number
  subdomain: string
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
  /** Where a sync of chats goes on that was stopped. */
  syncCursor: string | null
  /** The host of another service whose webhooks and ours displace one another. */
  webhookRival: string | null
  /** How long the texts of ended runs are kept. */
  retentionDays: number
  /** What a sync under way is at, and how many chats it has read. */
  sync: { stage: SyncStage; chats: number } | null
}
type SyncStage = z.infer<typeof syncStageSchema>
const syncStageSchema = z.enum(['connections', 'webhooks', 'chats'])

export type NewAccount = {
  id: number
  subdomain: string
  kommoToken: string
  kommoTokenExpiresAt?: number | null
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
  readonly grants: KommoGrants
  private readonly box: SecretBox
  private readonly defaultRadistUrl: string

  constructor(box: SecretBox, defaultRadistUrl: string) {
    this.box = box
    this.grants = new KommoGrants(box)
    this.defaultRadistUrl = defaultRadistUrl
  }

  /**
   * Adds an account with a long-lived token, or gives a known one new keys; what it had set up stays.
   * Radist's keys are left alone where none are given.
   */
  async save(db: Queryable, account: NewAccount, now: number): Promise<void> {
    const { id, subdomain } = account
    await this.add(db, { id, subdomain }, now)
    const { kommoToken: token, kommoTokenExpiresAt: expiresAt = null } = account
    await this.setKommoToken(db, id, { token, expiresAt }, now)
    if (!account.radist) return
    const { key, companyId, url } = account.radist
    const known = await this.find(db, id)
    const radist = { key, companyId, url: url ?? this.defaultRadistUrl }
    await this.setRadist(db, { id, radist: known?.radist ?? null }, radist)
  }

  /** Adds an account that Kommo named, or follows its subdomain where it is known. */
  async add(
    db: Queryable,
    { id, subdomain }: Pick<Account, 'id' | 'subdomain'>,
    now: number,
  ): Promise<void> {
    await this.leaveSubdomain(db, id, subdomain)
    const keys = {
      subdomain,
    }
    await db
      .insertInto('accounts')
      .values({
        id,
        ...keys,
        radist_key: null,
        radist_url: null,
        radist_company_id: null,
        radist_synced_at: null,
        sync_problem: null,
        connected_at: now,
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
        sync_cursor: null,
        check_at: 0,
        webhook_rival: null,
        chats_read_by: null,
      })
      .onConflict(conflict => conflict.column('id').doUpdateSet(keys))
      .execute()
  }

  /** The account has another address now. */
  async moveTo(db: Queryable, id: number, subdomain: string): Promise<void> {
    await this.leaveSubdomain(db, id, subdomain)
    await db.updateTable('accounts').set({ subdomain }).where('id', '=', id).execute()
  }

  /** Whoever had the subdomain before has moved, too, and its next token will say where to. */
  private async leaveSubdomain(db: Queryable, id: number, subdomain: string): Promise<void> {
    await db
      .updateTable('accounts')
      .set(expression => ({ subdomain: sql<string>`'moved-' || ${expression.ref('id')}` }))
      .where('subdomain', '=', subdomain)
      .where('id', '!=', id)
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

  /**
   * Takes accounts whose connections and webhooks are to be looked at: until `until` they are this
   * caller's. Accounts that Kommo does not know any more are left alone. To be called in a transaction that
   * is no account's, so that two processes do not take the same.
   */
  async takeDue(db: Queryable, now: number, until: number, limit: number): Promise<Account[]> {
    const rows = await db
      .updateTable('accounts')
      .set({ check_at: until })
      .where('id', 'in', query =>
        query
          .selectFrom('accounts')
          .innerJoin('kommo_grants', 'kommo_grants.account_id', 'accounts.id')
          .select('accounts.id')
          .where('radist_key', 'is not', null)
          .where('check_at', '<=', now)
          .orderBy('check_at')
          .limit(limit),
      )
      .returningAll()
      .execute()
    return rows.map(row => this.open(row))
  }

  /** Says when to look again, unless somebody gave the account new keys meanwhile. */
  async putBack(
    db: Queryable,
    id: number,
    takenUntil: number,
    change: { check_at: number; sync_problem: string | null },
  ): Promise<void> {
    await db
      .updateTable('accounts')
      .set(change)
      .where('id', '=', id)
      .where('check_at', '=', takenUntil)
      .execute()
  }

  /** Whoever reads an account's chats does so alone. @returns false while another process lives that does */
  async takeChats(db: Queryable, id: number, worker: string): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('accounts')
      .set({ chats_read_by: worker })
      .where('id', '=', id)
      .where(({ and, eb, exists, not, or, selectFrom }) =>
        or([
          eb('chats_read_by', 'is', null),
          and([
            eb('chats_read_by', '!=', worker),
            not(
              exists(
                selectFrom('workers').select('id').whereRef('id', '=', 'accounts.chats_read_by'),
              ),
            ),
          ]),
        ]),
      )
      .executeTakeFirst()
    return numUpdatedRows === 1n
  }

  async leaveChats(db: Queryable, id: number, worker: string): Promise<void> {
    await db
      .updateTable('accounts')
      .set({ chats_read_by: null })
      .where('id', '=', id)
      .where('chats_read_by', '=', worker)
      .execute()
  }

  /** Our address has changed: every account's webhooks are to be made again. */
  async checkWhereWebhooksStandElsewhere(db: Queryable, hookPrefix: string): Promise<void> {
    await db
      .updateTable('accounts')
      .set({ check_at: 0 })
      .where('webhook_url', '!=', sql<string>`${hookPrefix} || radist_secret`)
      .execute()
  }

  /** Seals anew what the secret of before has sealed. @returns how many secrets */
  async reseal(db: Queryable): Promise<number> {
    const rows = await db
      .selectFrom('accounts')
      .select(['id', 'radist_key'])
      .where('radist_key', 'is not', null)
      .execute()
    let count = 0
    for (const { id, radist_key: key } of rows) {
      const sealed = key === null ? null : this.box.reseal(key)
      if (sealed === null) continue
      await db.updateTable('accounts').set({ radist_key: sealed }).where('id', '=', id).execute()
      count += 1
    }
    return count + (await this.grants.reseal(db))
  }

  async isKnownSubdomain(db: Queryable, subdomain: string): Promise<boolean> {
    const query = db.selectFrom('accounts').select('id').where('subdomain', '=', subdomain)
    return (await query.executeTakeFirst()) !== undefined
  }

  /** How many chats a sync under way, or stopped, has read. */
  async syncCount(db: Queryable, id: number): Promise<number> {
    const row = await db
      .selectFrom('accounts')
      .select('sync_count')
      .where('id', '=', id)
      .executeTakeFirst()
    return row?.sync_count ?? 0
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
        | 'sync_cursor'
        | 'webhook_rival'
        | 'check_at'
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
        webhook_rival: null,
        check_at: 0,
        ...(isOther ? { chats_synced_at: null, sync_cursor: null } : {}),
      })
      .where('id', '=', account.id)
      .execute()
  }

  /** A long-lived token of Kommo's: bots that were held may go on. */
  async setKommoToken(
    db: Queryable,
    id: number,
    { token, expiresAt }: { token: string; expiresAt: number | null },
    now: number,
  ): Promise<void> {
    const tokens = { accessToken: token, refreshToken: null, expiresAt }
    await this.setGrant(db, id, tokens, { userId: null, problem: null }, now)
  }

  /** A grant that a person gave takes the place of the one before; held bots may go on. */
  async setGrant(
    db: Queryable,
    id: number,
    tokens: Tokens,
    by: Parameters<KommoGrants['save']>[3],
    now: number,
  ): Promise<void> {
    await this.grants.save(db, id, tokens, by, now)
    await db
      .updateTable('accounts')
      .set({ connected_at: now, check_at: 0 })
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
      'kommo_grants',
      'oauth_states',
      'kommo_fields',
      'unknown_events',
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
      syncCursor: row.sync_cursor,
      webhookRival: row.webhook_rival,
      retentionDays: row.retention_days,
      sync:
        row.sync_stage === null
          ? null
          : { stage: syncStageSchema.parse(row.sync_stage), chats: row.sync_count },
    }
  }
}

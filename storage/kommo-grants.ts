import { z } from 'zod'
import type { Queryable } from './database.ts'
import { prepare, type Value } from './prepare.ts'
import type { SecretBox } from './secret-box.ts'

/**
 * What Kommo gave us to act for an account; one per account, opened. A long-lived token has no refresh
 * token and is never renewed. Times are milliseconds since the epoch.
 */
export type KommoGrant = {
  accountId: number
  subdomain: string
  accessToken: string
  refreshToken: string | null
  /** null: its token does not say. */
  expiresAt: number | null
  /** When its access token was given out. */
  issuedAt: number
  /** When a person gave it, and who, where Kommo said so. */
  grantedAt: number
  grantedBy: number | null
  problem: GrantProblem | null
}
/** `revoked`: Kommo takes it no more. `not_admin`: it has the rights of a person who is no admin. */
export type GrantProblem = z.infer<typeof problemSchema>
const problemSchema = z.enum(['revoked', 'not_admin'])

export type Tokens = { accessToken: string; refreshToken: string | null; expiresAt: number | null }

/** Tokens that come to their end are renewed this long before. */
const RENEW_BEFORE_MS = 3600_000

const grantOf = prepare((db, value: Value<{ id: number }>) =>
  db
    .selectFrom('kommo_grants')
    .innerJoin('accounts', 'accounts.id', 'kommo_grants.account_id')
    .selectAll('kommo_grants')
    .select('accounts.subdomain')
    .where('account_id', '=', value('id')),
)

/** The grants of all accounts, sealed in the database. */
export class KommoGrants {
  private readonly box: SecretBox

  constructor(box: SecretBox) {
    this.box = box
  }

  async find(db: Queryable, accountId: number): Promise<KommoGrant | null> {
    const [row] = await grantOf(db, { id: accountId })
    if (!row) return null
    return {
      accountId,
      subdomain: row.subdomain,
      accessToken: this.box.open(row.access_token),
      refreshToken: row.refresh_token === null ? null : this.box.open(row.refresh_token),
      expiresAt: row.expires_at,
      issuedAt: row.issued_at,
      grantedAt: row.granted_at,
      grantedBy: row.granted_by,
      problem: row.problem === null ? null : problemSchema.parse(row.problem),
    }
  }

  /** A person's new grant takes the place of the one before. */
  async save(
    db: Queryable,
    accountId: number,
    tokens: Tokens,
    by: { userId: number | null; problem: GrantProblem | null },
    now: number,
  ): Promise<void> {
    const row = {
      ...this.columnsOf(tokens),
      issued_at: now,
      granted_at: now,
      granted_by: by.userId,
      problem: by.problem,
      leased_until: null,
    }
    await db
      .insertInto('kommo_grants')
      .values({ account_id: accountId, ...row })
      .onConflict(conflict => conflict.column('account_id').doUpdateSet(row))
      .execute()
  }

  /**
   * Stores the pair that came for a renewal, and lets go of the lease.
   * @returns false when a person has granted anew meanwhile, or another process has renewed after the lease
   * was over: then theirs stays
   */
  async renew(
    db: Queryable,
    { accountId, grantedAt, issuedAt }: Pick<KommoGrant, 'accountId' | 'grantedAt' | 'issuedAt'>,
    tokens: Tokens,
    now: number,
  ): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('kommo_grants')
      .set({ ...this.columnsOf(tokens), issued_at: now, leased_until: null })
      .where('account_id', '=', accountId)
      .where('granted_at', '=', grantedAt)
      .where('issued_at', '=', issuedAt)
      .executeTakeFirst()
    return numUpdatedRows === 1n
  }

  /** @returns whether it is ours to renew until `until`, alone among all processes */
  async lease(db: Queryable, accountId: number, now: number, until: number): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('kommo_grants')
      .set({ leased_until: until })
      .where('account_id', '=', accountId)
      .where(expression =>
        expression.or([
          expression('leased_until', 'is', null),
          expression('leased_until', '<=', now),
        ]),
      )
      .executeTakeFirst()
    return numUpdatedRows === 1n
  }

  /** Lets go of a lease; `retryAt` says when the keeper is to try again. */
  async release(db: Queryable, accountId: number, retryAt?: number): Promise<void> {
    await db
      .updateTable('kommo_grants')
      .set({ leased_until: null, ...(retryAt === undefined ? {} : { renew_at: retryAt }) })
      .where('account_id', '=', accountId)
      .execute()
  }

  /** Kommo takes the grant no more, so nobody renews it. */
  async markRevoked(db: Queryable, accountId: number): Promise<void> {
    await db
      .updateTable('kommo_grants')
      .set({ problem: 'revoked' satisfies GrantProblem, renew_at: null })
      .where('account_id', '=', accountId)
      .execute()
  }

  /** Kommo takes it after all. */
  async markGood(db: Queryable, accountId: number): Promise<void> {
    await db
      .updateTable('kommo_grants')
      .set(expression => ({
        problem: null,
        renew_at: expression
          .case()
          .when('refresh_token', 'is not', null)
          .then(expression('expires_at', '-', RENEW_BEFORE_MS))
          .end(),
      }))
      .where('account_id', '=', accountId)
      .execute()
  }

  /** Accounts whose tokens are to be renewed, whether anybody uses them or not. */
  async dueForRenewal(db: Queryable, now: number): Promise<number[]> {
    const rows = await db
      .selectFrom('kommo_grants')
      .select('account_id')
      .where('renew_at', '<=', now)
      .orderBy('renew_at')
      .limit(50)
      .execute()
    return rows.map(row => row.account_id)
  }

  /** The integration was taken out of the account: nothing is kept that would let us in. */
  async remove(db: Queryable, accountId: number): Promise<boolean> {
    const { numDeletedRows } = await db
      .deleteFrom('kommo_grants')
      .where('account_id', '=', accountId)
      .executeTakeFirst()
    return numDeletedRows === 1n
  }

  /** Seals anew what the secret of before has sealed. @returns how many secrets */
  async reseal(db: Queryable): Promise<number> {
    const rows = await db
      .selectFrom('kommo_grants')
      .select(['account_id', 'access_token', 'refresh_token'])
      .execute()
    let count = 0
    for (const row of rows) {
      const access = this.box.reseal(row.access_token)
      const refresh = row.refresh_token === null ? null : this.box.reseal(row.refresh_token)
      if (access === null && refresh === null) continue
      await db
        .updateTable('kommo_grants')
        .set({
          ...(access === null ? {} : { access_token: access }),
          ...(refresh === null ? {} : { refresh_token: refresh }),
        })
        .where('account_id', '=', row.account_id)
        .execute()
      count += 1
    }
    return count
  }

  private columnsOf({ accessToken, refreshToken, expiresAt }: Tokens) {
    const canRenew = refreshToken !== null && expiresAt !== null
    return {
      access_token: this.box.seal(accessToken),
      refresh_token: refreshToken === null ? null : this.box.seal(refreshToken),
      expires_at: expiresAt,
      renew_at: canRenew ? expiresAt - RENEW_BEFORE_MS : null,
    }
  }
}

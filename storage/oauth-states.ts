import { createHash, randomBytes } from 'node:crypto'
import type { Queryable } from './database.ts'

/** As long as Kommo's codes live. */
const STATE_LIFE_MS = 20 * 60_000

/**
 * Kommo's consent page gives a state back that we made, once.
 * @param accountId the account that is to be connected; null for one that is not known yet
 */
export async function createState(
  db: Queryable,
  accountId: number | null,
  now: number,
): Promise<string> {
  const state = randomBytes(32).toString('base64url')
  await db
    .insertInto('oauth_states')
    .values({ state_hash: hash(state), account_id: accountId, expires_at: now + STATE_LIFE_MS })
    .execute()
  await db.deleteFrom('oauth_states').where('expires_at', '<', now).execute()
  return state
}

/** Uses up a state. Deleting decides who was first. @returns null for one that is not ours any more */
export async function takeState(
  db: Queryable,
  state: string,
  now: number,
): Promise<{ accountId: number | null } | null> {
  const row = await db
    .deleteFrom('oauth_states')
    .where('state_hash', '=', hash(state))
    .returning(['account_id', 'expires_at'])
    .executeTakeFirst()
  return row && row.expires_at > now ? { accountId: row.account_id } : null
}

function hash(state: string): string {
  return createHash('sha256').update(state).digest('hex')
}

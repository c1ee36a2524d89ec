import { createHash, randomBytes } from 'node:crypto'
import type { Queryable } from './database.ts'

/** Who is signed in to the settings app. */
export type Person = { accountId: number; userId: number; isAdmin: boolean }

const CODE_LIFE_MS = 60_000
/** From the last time it was used; and whatever is used, a person signs in anew once a week. */
export const SESSION_LIFE_MS = 12 * 3600_000
const SESSION_LIFE_MAX_MS = 7 * 24 * 3600_000

/** A one-time code for the link from the widget to the settings app: 60 seconds, one use. */
export async function createSignInCode(
  db: Queryable,
  person: Person,
  now: number,
): Promise<string> {
  const code = randomBytes(32).toString('base64url')
  await db
    .insertInto('sign_in_codes')
    .values({ code_hash: hash(code), ...columnsOf(person), expires_at: now + CODE_LIFE_MS })
    .execute()
  await db.deleteFrom('sign_in_codes').where('expires_at', '<', now).execute()
  return code
}

/** Uses up a code. Only the hash is stored, and deleting decides who was first. */
export async function takeSignInCode(
  db: Queryable,
  code: string,
  now: number,
): Promise<Person | null> {
  const row = await db
    .deleteFrom('sign_in_codes')
    .where('code_hash', '=', hash(code))
    .returning(['account_id', 'user_id', 'is_admin', 'expires_at'])
    .executeTakeFirst()
  return row && row.expires_at > now ? toPerson(row) : null
}

/** Nobody of this account is signed in any more. */
export async function deleteSessionsOf(db: Queryable, accountId: number): Promise<void> {
  for (const table of ['sessions', 'sign_in_codes'] as const) {
    await db.deleteFrom(table).where('account_id', '=', accountId).execute()
  }
}

export async function createSession(db: Queryable, person: Person, now: number): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await db
    .insertInto('sessions')
    .values({
      token_hash: hash(token),
      ...columnsOf(person),
      expires_at: now + SESSION_LIFE_MS,
      created_at: now,
    })
    .execute()
  await db.deleteFrom('sessions').where('expires_at', '<', now).execute()
  return token
}

/** @returns who is signed in; `isRenewed` when the session was prolonged, once half of it was over */
export async function useSession(
  db: Queryable,
  token: string,
  now: number,
): Promise<{ person: Person; isRenewed: boolean } | null> {
  const row = await db
    .selectFrom('sessions')
    .select(['account_id', 'user_id', 'is_admin', 'expires_at', 'created_at'])
    .where('token_hash', '=', hash(token))
    .where('expires_at', '>', now)
    .executeTakeFirst()
  if (!row) return null
  const expiresAt = Math.min(now + SESSION_LIFE_MS, row.created_at + SESSION_LIFE_MAX_MS)
  const isRenewed = row.expires_at - now < SESSION_LIFE_MS / 2 && expiresAt > row.expires_at
  if (isRenewed) {
    await db
      .updateTable('sessions')
      .set({ expires_at: expiresAt })
      .where('token_hash', '=', hash(token))
      .execute()
  }
  return { person: toPerson(row), isRenewed }
}

export async function deleteSession(db: Queryable, token: string): Promise<void> {
  await db.deleteFrom('sessions').where('token_hash', '=', hash(token)).execute()
}

function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function columnsOf(person: Person) {
  return {
    account_id: person.accountId,
    user_id: person.userId,
    is_admin: person.isAdmin ? 1 : 0,
  }
}

function toPerson(row: { account_id: number; user_id: number; is_admin: number }): Person {
  return { accountId: row.account_id, userId: row.user_id, isAdmin: row.is_admin === 1 }
}

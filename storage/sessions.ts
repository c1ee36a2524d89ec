import { createHash, randomBytes } from 'node:crypto'
import type { Queryable } from './database.ts'

/** Who is signed in to the settings app. */
export type Person = { accountId: number; userId: number; isAdmin: boolean }

const CODE_LIFE_MS = 60_000
export const SESSION_LIFE_MS = 12 * 3600_000

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

export async function createSession(db: Queryable, person: Person, now: number): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await db
    .insertInto('sessions')
    .values({ token_hash: hash(token), ...columnsOf(person), expires_at: now + SESSION_LIFE_MS })
    .execute()
  await db.deleteFrom('sessions').where('expires_at', '<', now).execute()
  return token
}

export async function findSession(
  db: Queryable,
  token: string,
  now: number,
): Promise<Person | null> {
  const row = await db
    .selectFrom('sessions')
    .select(['account_id', 'user_id', 'is_admin'])
    .where('token_hash', '=', hash(token))
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row ? toPerson(row) : null
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

import type { Queryable } from './database.ts'

/** Kinds of an account that are told apart; what comes beyond them is counted together. */
const KINDS_MAX = 50
const REST = '(others)'

/** Counts a webhook of a kind that nobody knows, with its shape. */
export async function countUnknownEvent(
  db: Queryable,
  accountId: number,
  event: { name: string; shape: string },
  now: number,
): Promise<void> {
  const known = await db
    .selectFrom('unknown_events')
    .select('name')
    .where('account_id', '=', accountId)
    .execute()
  const isRoom = known.length < KINDS_MAX || known.some(({ name }) => name === event.name)
  const name = isRoom ? event.name : REST
  await db
    .insertInto('unknown_events')
    .values({ account_id: accountId, name, count: 1, shape: event.shape, last_at: now })
    .onConflict(conflict =>
      conflict.columns(['account_id', 'name']).doUpdateSet(({ eb }) => ({
        count: eb('unknown_events.count', '+', 1),
        shape: event.shape,
        last_at: now,
      })),
    )
    .execute()
}

type UnknownEvent = { accountId: number; name: string; count: number; shape: string }

/** Of all accounts, the latest first. */
export async function listUnknownEvents(db: Queryable): Promise<UnknownEvent[]> {
  const rows = await db
    .selectFrom('unknown_events')
    .selectAll()
    .orderBy('last_at', 'desc')
    .execute()
  return rows.map(({ account_id: accountId, name, count, shape }) => ({
    accountId,
    name,
    count,
    shape,
  }))
}

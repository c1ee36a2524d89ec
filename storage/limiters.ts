import { sql } from 'kysely'
import type { Queryable } from './database.ts'

/**
 * `intervalMs` stands between two requests; after a rest, `extra` more may follow the first at once.
 * In any second there are then at most `1000 / intervalMs + extra`.
 */
export type Rate = { intervalMs: number; extra: number }

/**
 * Takes the next free slot of a limiter: one row per key, `next = max(now, next) + interval`, so that it
 * serves all processes. @returns the slot's time, now or later
 */
export async function takeSlot(
  db: Queryable,
  key: string,
  { intervalMs, extra }: Rate,
  now: number,
): Promise<number> {
  const row = await db
    .insertInto('limiters')
    .values({ key, next_at: now + intervalMs })
    .onConflict(conflict =>
      conflict.column('key').doUpdateSet({
        next_at: sql<number>`case when limiters.next_at > ${now} then limiters.next_at else ${now} end + ${intervalMs}`,
      }),
    )
    .returning('next_at')
    .executeTakeFirstOrThrow()
  return Math.max(now, row.next_at - (1 + extra) * intervalMs)
}

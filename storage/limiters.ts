import { sql } from 'kysely'
import type { Queryable } from './database.ts'

/**
 * Takes the next free slot of a limiter: one row per key, `next = max(now, next) + interval`, so that it
 * never bursts and serves all processes. @returns the slot's time, now or later
 */
export async function takeSlot(
  db: Queryable,
  key: string,
  intervalMs: number,
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
  return row.next_at - intervalMs
}

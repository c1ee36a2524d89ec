import type { Queryable } from './database.ts'

/** Writes one row: whether that works is what whoever asks wants to know. */
export async function beat(db: Queryable, now: number): Promise<void> {
  await db
    .insertInto('heartbeat')
    .values({ id: 1, at: now })
    .onConflict(conflict => conflict.column('id').doUpdateSet({ at: now }))
    .execute()
}

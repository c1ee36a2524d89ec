import { z } from 'zod'
import { cascadeDifferenceSchema, type CascadeDifference } from '../contracts/cascade.ts'
import type { Queryable } from './database.ts'

const changesSchema = z.array(cascadeDifferenceSchema)

export type CascadeChangeRecord = {
  at: number
  userId: number
  version: number
  changes: CascadeDifference[]
}

/** Notes who changed what. */
export async function insertCascadeChange(
  db: Queryable,
  accountId: number,
  { at, userId, version, changes }: CascadeChangeRecord,
): Promise<void> {
  await db
    .insertInto('cascade_changes')
    .values({
      account_id: accountId,
      at,
      user_id: userId,
      version,
      changes: JSON.stringify(changes),
    })
    .execute()
}

/** The account's last changes, the latest first. */
export async function readCascadeChanges(
  db: Queryable,
  accountId: number,
  limit: number,
): Promise<CascadeChangeRecord[]> {
  const rows = await db
    .selectFrom('cascade_changes')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
  return rows.map(row => ({
    at: row.at,
    userId: row.user_id,
    version: row.version,
    changes: changesSchema.parse(JSON.parse(row.changes)),
  }))
}

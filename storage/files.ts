import { z } from 'zod'
import type { Queryable } from './database.ts'

export type StoredFile = {
  id: string
  accountId: number
  name: string
  size: number
  kind: 'image' | 'file'
  mimeType: string
}
const kindSchema = z.enum(['image', 'file'])

export async function insertFile(db: Queryable, file: StoredFile, now: number): Promise<void> {
  await db
    .insertInto('files')
    .values({
      id: file.id,
      account_id: file.accountId,
      name: file.name,
      size: file.size,
      kind: file.kind,
      mime_type: file.mimeType,
      created_at: now,
      kept_at: null,
      last_used_at: null,
    })
    .execute()
}

export async function findFile(
  db: Queryable,
  accountId: number,
  id: string,
): Promise<StoredFile | null> {
  const row = await db
    .selectFrom('files')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) return null
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    size: row.size,
    kind: kindSchema.parse(row.kind),
    mimeType: row.mime_type,
  }
}

/** Marks a file as kept by a saved step, or as used by a run. */
export async function touchFile(
  db: Queryable,
  accountId: number,
  id: string,
  change: { kept_at: number } | { last_used_at: number },
): Promise<boolean> {
  const result = await db
    .updateTable('files')
    .set(change)
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** Whether any account has this finished file. */
export async function isStored(db: Queryable, id: string): Promise<boolean> {
  const query = db.selectFrom('files').select('id').where('id', '=', id)
  return (await query.executeTakeFirst()) !== undefined
}

/** Files that no step ever kept. */
export async function unkeptFiles(
  db: Queryable,
  createdBefore: number,
): Promise<{ id: string; accountId: number }[]> {
  const rows = await db
    .selectFrom('files')
    .select(['id', 'account_id'])
    .where('kept_at', 'is', null)
    .where('created_at', '<', createdBefore)
    .limit(500)
    .execute()
  return rows.map(row => ({ id: row.id, accountId: row.account_id }))
}

export async function deleteFile(db: Queryable, accountId: number, id: string): Promise<void> {
  await db.deleteFrom('files').where('account_id', '=', accountId).where('id', '=', id).execute()
}

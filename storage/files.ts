import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { Queryable } from './database.ts'
import type { Tables } from './schema.ts'

/**
 * `uploading` from its first byte on, `scanning` until the virus scanner has spoken, then `ready` or,
 * with its bytes gone, `infected`. Only a ready file is shown, kept or sent.
 */
const stateSchema = z.enum(['uploading', 'scanning', 'ready', 'infected'])
const kindSchema = z.enum(['image', 'file'])
export type FileState = z.infer<typeof stateSchema>

export type StoredFile = {
  id: string
  accountId: number
  name: string
  size: number
  kind: z.infer<typeof kindSchema>
  mimeType: string
  state: FileState
}
/** What one account may store. */
export type FileQuota = { maxBytes: number; maxFiles: number; maxUnfinished: number }

/**
 * Takes an upload's room before its first byte comes. To be called in a transaction, so that two do
 * not take the same room.
 * @param file.size bytes, as announced; what the file is, is told when it is there
 */
export async function reserveFile(
  db: Queryable,
  file: { id: string; accountId: number; name: string; size: number },
  quota: FileQuota,
  now: number,
): Promise<'reserved' | 'quota_exceeded' | 'too_many_uploads'> {
  const { count, sum } = db.fn
  const used = await db
    .selectFrom('files')
    .select(eb => [
      count<number>('id').as('files'),
      sum<number | null>('size').as('bytes'),
      count<number>(eb.case().when('state', '=', 'uploading').then(1).end()).as('unfinished'),
    ])
    .where('account_id', '=', file.accountId)
    .where('state', '!=', 'infected')
    .executeTakeFirstOrThrow()
  if (Number(used.unfinished) >= quota.maxUnfinished) return 'too_many_uploads'
  const isFull =
    Number(used.files) >= quota.maxFiles || Number(used.bytes ?? 0) + file.size > quota.maxBytes
  if (isFull) return 'quota_exceeded'
  await insertFile(
    db,
    { ...file, kind: 'file', mimeType: 'application/octet-stream', state: 'uploading' },
    now,
  )
  return 'reserved'
}

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
      state: file.state,
      sha256: null,
      created_at: now,
      kept_at: null,
      last_used_at: null,
    })
    .execute()
}

/** All its bytes are there, and these are its facts. */
export async function finishFile(
  db: Queryable,
  accountId: number,
  id: string,
  facts: { kind: StoredFile['kind']; mimeType: string; sha256: string; state: FileState },
): Promise<void> {
  const { mimeType, ...rest } = facts
  await db
    .updateTable('files')
    .set({ ...rest, mime_type: mimeType })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .where('state', '=', 'uploading')
    .execute()
}

/** The virus scanner has spoken. */
export async function setFileState(
  db: Queryable,
  accountId: number,
  id: string,
  state: FileState,
): Promise<void> {
  await db
    .updateTable('files')
    .set({ state })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
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
  return row ? toFile(row) : null
}

function toFile(row: Selectable<Tables['files']>): StoredFile {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    size: row.size,
    kind: kindSchema.parse(row.kind),
    mimeType: row.mime_type,
    state: stateSchema.parse(row.state),
  }
}

export type ListedFile = StoredFile & {
  createdAt: number
  lastUsedAt: number | null
  isKept: boolean
}

/** All files of an account, the newest first; infected ones have no bytes any more. */
export async function listFiles(db: Queryable, accountId: number): Promise<ListedFile[]> {
  const rows = await db
    .selectFrom('files')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('state', '!=', 'infected')
    .orderBy('created_at', 'desc')
    .execute()
  return rows.map(row => ({
    ...toFile(row),
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    isKept: row.kept_at !== null,
  }))
}

/** Marks a ready file as kept by a saved step, or as used by a run. */
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
    .where('state', '=', 'ready')
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

type FileKey = { id: string; accountId: number }

/** Uploads that were never finished, and files that no step ever kept. */
export async function forgottenFiles(
  db: Queryable,
  before: { uploading: number; unkept: number },
): Promise<FileKey[]> {
  const rows = await db
    .selectFrom('files')
    .select(['id', 'account_id'])
    .where('kept_at', 'is', null)
    .where(eb =>
      eb.or([
        eb('created_at', '<', before.unkept),
        eb.and([eb('state', '=', 'uploading'), eb('created_at', '<', before.uploading)]),
      ]),
    )
    .limit(500)
    .execute()
  return rows.map(row => ({ id: row.id, accountId: row.account_id }))
}

/** Files whose scan a stop of ours cut short. */
export async function filesToScan(db: Queryable): Promise<FileKey[]> {
  const rows = await db
    .selectFrom('files')
    .select(['id', 'account_id'])
    .where('state', '=', 'scanning')
    .execute()
  return rows.map(row => ({ id: row.id, accountId: row.account_id }))
}

export async function deleteFile(db: Queryable, accountId: number, id: string): Promise<void> {
  await db.deleteFrom('files').where('account_id', '=', accountId).where('id', '=', id).execute()
}

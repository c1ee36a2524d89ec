import { z } from 'zod'

/** SQLite's primary result codes of what is not a mistake of ours: busy, disk full, disk broken, …. */
const SQLITE_OUTSIDE_CODES = new Set([5, 6, 8, 10, 13, 14])
const sqliteErrorSchema = z.object({
  code: z.literal('ERR_SQLITE_ERROR'),
  errcode: z.number(),
})

/** Whether the database could not work for a reason outside our code, so that trying again may help. */
export function isStorageFailure(error: unknown): boolean {
  const parsed = sqliteErrorSchema.safeParse(error)
  // The low byte is the primary code, the rest says more.
  return parsed.success && SQLITE_OUTSIDE_CODES.has(parsed.data.errcode & 0xff)
}

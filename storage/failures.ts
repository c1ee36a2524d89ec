import { z } from 'zod'

/** No line to the database, or one that was lost on the way. */
export class DatabaseLostError extends Error {
  constructor(options: ErrorOptions) {
    super('The database does not answer', options)
  }
}

/** SQLite's primary result codes of what is not a mistake of ours: busy, disk full, disk broken, …. */
const SQLITE_OUTSIDE_CODES = new Set([5, 6, 8, 10, 13, 14])
const sqliteErrorSchema = z.object({
  code: z.literal('ERR_SQLITE_ERROR'),
  errcode: z.number(),
})

/**
 * PostgreSQL's: connection (08), lost to another transaction (40), no room (53), stopped by an operator or
 * by a time limit (57, 55P03, 25P03, 25P04), its disk (58), a server that only reads while it changes
 * places (25006).
 */
const POSTGRES_OUTSIDE_CODES = /^(?:08...|40...|53...|57...|58...|55P03|25P03|25P04|25006)$/u
const postgresErrorSchema = z.object({ code: z.string(), severity: z.string() })

/** Whether the database could not work for a reason outside our code, so that trying again may help. */
export function isStorageFailure(error: unknown): boolean {
  if (error instanceof DatabaseLostError) return true
  const ofSqlite = sqliteErrorSchema.safeParse(error)
  // The low byte is the primary code, the rest says more.
  if (ofSqlite.success) return SQLITE_OUTSIDE_CODES.has(ofSqlite.data.errcode & 0xff)
  const ofPostgres = postgresErrorSchema.safeParse(error)
  return ofPostgres.success && POSTGRES_OUTSIDE_CODES.test(ofPostgres.data.code)
}

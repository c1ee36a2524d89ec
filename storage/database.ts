import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { Kysely, Migrator, type Transaction } from 'kysely'
import * as initial from './migrations/0001-initial.ts'
import * as erasureAndHeldRuns from './migrations/0002-erasure-and-held-runs.ts'
import * as checkedFiles from './migrations/0003-checked-files.ts'
import * as activityAndStatistics from './migrations/0004-activity-and-statistics.ts'
import * as forReal from './migrations/0005-kommo-and-radist-for-real.ts'
import type { Tables } from './schema.ts'
import { sqliteDialect } from './sqlite.ts'

export type Database = Kysely<Tables>
/** A query runs on the database or inside a transaction of the caller's. */
export type Queryable = Database | Transaction<Tables>

/**
 * Opens the database that `DATABASE_URL` names and brings its tables up to date.
 * @param url `sqlite:<path>`, or `sqlite::memory:`
 */
export async function openDatabase(url: string): Promise<Database> {
  const file = databaseFile(url)
  if (file !== ':memory:') mkdirSync(path.dirname(path.resolve(file)), { recursive: true })
  const database: Database = new Kysely<Tables>({ dialect: sqliteDialect(file) })
  await migrate(database)
  return database
}

/** The file that `DATABASE_URL` names. */
export function databaseFile(url: string): string {
  const file = /^sqlite:(.+)$/u.exec(url)?.[1]
  if (!file) throw new Error(`DATABASE_URL must be sqlite:<path>, not ${url.split(':')[0]}:…`)
  return file
}

async function migrate(database: Database): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: {
      getMigrations: () =>
        Promise.resolve({
          '0001-initial': initial,
          '0002-erasure-and-held-runs': erasureAndHeldRuns,
          '0003-checked-files': checkedFiles,
          '0004-activity-and-statistics': activityAndStatistics,
          '0005-kommo-and-radist-for-real': forReal,
        }),
    },
  })
  const { error } = await migrator.migrateToLatest()
  if (error) throw new Error('The database could not be brought up to date', { cause: error })
}

import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { Kysely, Migrator, type Dialect, type Transaction } from 'kysely'
import * as initial from './migrations/0001-initial.ts'
import * as erasureAndHeldRuns from './migrations/0002-erasure-and-held-runs.ts'
import * as checkedFiles from './migrations/0003-checked-files.ts'
import * as activityAndStatistics from './migrations/0004-activity-and-statistics.ts'
import * as forReal from './migrations/0005-kommo-and-radist-for-real.ts'
import * as severalProcesses from './migrations/0006-several-processes.ts'
import { postgresDialect } from './postgres/dialect.ts'
import { pooledDatabase } from './postgres/pooled-database.ts'
import { Pool } from './postgres/pool.ts'
import type { Tables } from './schema.ts'
import { sqliteDialect } from './sqlite.ts'

export type Database = Kysely<Tables>
/** A query runs on the database or inside a transaction of the caller's. */
export type Queryable = Database | Transaction<Tables>

/** `DATABASE_URL`: one process's own file, or a server that several processes share. */
export type DatabasePlace = { kind: 'sqlite'; file: string } | { kind: 'postgres'; url: string }

/** @throws Error for a person to read */
export function databasePlace(url: string): DatabasePlace {
  if (/^postgres(?:ql)?:\/\//u.test(url)) return { kind: 'postgres', url }
  const file = /^sqlite:(.+)$/u.exec(url)?.[1]
  if (file) return { kind: 'sqlite', file }
  throw new Error(`DATABASE_URL must be sqlite:<path> or postgres://…, not ${url.split(':')[0]}:…`)
}

/**
 * Opens the database that `DATABASE_URL` names and brings its tables up to date.
 * @param url `sqlite:<path>`, `sqlite::memory:` or `postgres://…`
 */
export async function openDatabase(url: string): Promise<Database> {
  const place = databasePlace(url)
  if (place.kind === 'postgres') {
    await migrated(postgresDialect(new Pool(place.url, 'setup'))).then(done => done.destroy())
    return pooledDatabase(new Pool(place.url))
  }
  return migrated(sqliteDialect(fileIn(place.file)))
}

/** Tables that are up to date. Of several processes that start at once, one brings them there. */
export async function migrated(dialect: Dialect): Promise<Database> {
  const database: Database = new Kysely<Tables>({ dialect })
  try {
    await migrate(database)
    return database
  } catch (error) {
    await database.destroy()
    throw error
  }
}

function fileIn(file: string): string {
  if (file !== ':memory:') mkdirSync(path.dirname(path.resolve(file)), { recursive: true })
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
          '0006-several-processes': severalProcesses,
        }),
    },
  })
  const { error } = await migrator.migrateToLatest()
  if (error) throw new Error('The database could not be brought up to date', { cause: error })
}

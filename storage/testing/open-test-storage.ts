import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import pino from 'pino'
import { inject } from 'vitest'
import { createDatabase } from '../../e2e/support/postgres.ts'
import { openStorage, type Storage } from '../storage.ts'

/** What is promised of one is promised of the other: tests of the storage run on each. */
export const DATABASES = ['SQLite', 'PostgreSQL'] as const
export type DatabaseKind = (typeof DATABASES)[number]

export type TestStorage = Storage & { url: string; clear: () => Promise<void> }

/** An empty database of its own, as a server opens it. `close` leaves nothing of it. */
export async function openTestStorage(kind: DatabaseKind): Promise<TestStorage> {
  const log = pino({ level: 'silent' })
  const dataFolder = await mkdtemp(path.join(os.tmpdir(), 'cascade-storage-'))
  const url = kind === 'SQLite' ? `sqlite:${dataFolder}/cascade.db` : await createTestDatabase()
  const storage = await openStorage({ url, dataFolder, log })
  return {
    ...storage,
    url,
    /** Forgets everything: sooner done than another database. */
    async clear() {
      for (const { name, schema } of await storage.database.introspection.getTables()) {
        // pg-boss's own are of another schema.
        if (schema !== undefined && schema !== 'public') continue
        await sql`delete from ${sql.table(name)}`.execute(storage.database)
      }
    },
    async close() {
      await storage.close()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

/** @returns the address of a new PostgreSQL database with our tables */
export function createTestDatabase(): Promise<string> {
  return createDatabase(inject('postgresUrl'), 'template')
}

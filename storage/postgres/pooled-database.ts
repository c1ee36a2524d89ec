import { Kysely, type CompiledQuery, type QueryResult } from 'kysely'
import type { Database } from '../database.ts'
import { originOf, takeShortcut } from '../prepare.ts'
import type { Tables } from '../schema.ts'
import { postgresDialect } from './dialect.ts'
import { formOf } from './forms.ts'
import type { Client, Pool } from './pool.ts'
import { Wire } from './wire.ts'

/** Whoever asks while one wire is busy need not wait for it. */
const READERS = 2

/**
 * The database outside of transactions. Questions that come again and again, from many runs at once, share a
 * few wires, on which those that are alike go together; all else has a connection of the pool for itself.
 */
export function pooledDatabase(pool: Pool): Database {
  const readers = Array.from({ length: READERS }, () => new SharedReader(pool))
  const database: Database = new Kysely<Tables>({ dialect: postgresDialect(pool) })
  takeShortcut(database, query =>
    isRead(query) ? leastAsked(readers).query(query) : database.executeQuery(query),
  )
  return database
}

function leastAsked(readers: readonly SharedReader[]): SharedReader {
  return readers.reduce((least, one) => (one.asking < least.asking ? one : least))
}

/** One that is asked again and again, and changes nothing. */
function isRead(query: CompiledQuery): boolean {
  const origin = originOf(query)
  return origin !== null && formOf(origin)?.kind === 'read'
}

/** One wire for the reads of many, as long as anybody asks. */
class SharedReader {
  private readonly pool: Pool
  private current: Promise<{ client: Client; wire: Wire }> | null = null
  /** How many wait for an answer. */
  asking = 0

  constructor(pool: Pool) {
    this.pool = pool
  }

  async query<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const opened = (this.current ??= this.open())
    this.asking += 1
    try {
      const { wire } = await opened
      return await wire.query<Row>(query)
    } catch (error) {
      // A line that was lost is not asked again.
      if (this.current === opened) this.release()
      throw error
    } finally {
      this.asking -= 1
      if (this.asking === 0) this.release()
    }
  }

  private release(): void {
    const opened = this.current
    this.current = null
    opened?.then(
      ({ client }) => client.release(),
      () => undefined,
    )
  }

  private async open(): Promise<{ client: Client; wire: Wire }> {
    const client = await this.pool.connect()
    return { client, wire: new Wire(client) }
  }
}

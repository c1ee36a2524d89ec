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

type Line = { opened: Promise<{ client: Client; wire: Wire }>; asking: number }

/** One wire for the reads of many, as long as anybody asks. */
class SharedReader {
  private readonly pool: Pool
  private current: Line | null = null

  constructor(pool: Pool) {
    this.pool = pool
  }

  /** How many wait for an answer. */
  get asking(): number {
    return this.current?.asking ?? 0
  }

  async query<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const line = (this.current ??= { opened: this.open(), asking: 0 })
    line.asking += 1
    try {
      const { wire } = await line.opened
      return await wire.query<Row>(query)
    } catch (error) {
      // It may be lost: whoever comes next has another one.
      this.leave(line)
      throw error
    } finally {
      line.asking -= 1
      if (line.asking === 0) {
        this.leave(line)
        line.opened.then(
          ({ client }) => client.release(),
          () => undefined,
        )
      }
    }
  }

  private leave(line: Line): void {
    if (this.current === line) this.current = null
  }

  private async open(): Promise<{ client: Client; wire: Wire }> {
    const client = await this.pool.connect()
    return { client, wire: new Wire(client) }
  }
}

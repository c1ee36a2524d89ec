import {
  CompiledQuery,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely'
import { originOf } from '../prepare.ts'
import { formOf } from './forms.ts'
import type { Client, Pool } from './pool.ts'
import { named, resultOf, Wire } from './wire.ts'

/** Whoever asks while one wire is busy need not wait for it. */
const READERS = 2

/** PostgreSQL for Kysely, over our own pool. */
export function postgresDialect(pool: Pool): Dialect {
  return dialectOf(new PooledDriver(pool))
}

/** For work inside a transaction that whoever made the wire begins and ends. */
export function wireDialect(wire: () => Wire): Dialect {
  return dialectOf(new WireDriver(wire))
}

function dialectOf(driver: Driver): Dialect {
  return {
    createDriver: () => driver,
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: db => new PostgresIntrospector(db),
  }
}

/**
 * A connection of the pool for each user. Questions that come again and again, from many runs at once,
 * share a few wires instead, on which those that are alike go together.
 */
class PooledDriver implements Driver {
  private readonly pool: Pool
  private readonly readers: SharedReader[]

  constructor(pool: Pool) {
    this.pool = pool
    this.readers = Array.from({ length: READERS }, () => new SharedReader(pool))
  }

  async init(): Promise<void> {
    // The pool connects when somebody asks.
  }

  async acquireConnection(): Promise<PooledConnection> {
    return new PooledConnection(this.pool, this.readers)
  }

  async releaseConnection(connection: PooledConnection): Promise<void> {
    connection.release()
  }

  async beginTransaction(connection: PooledConnection): Promise<void> {
    await connection.own()
    await connection.executeQuery(CompiledQuery.raw('begin'))
  }

  async commitTransaction(connection: PooledConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: PooledConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  }

  async destroy(): Promise<void> {
    await this.pool.end()
  }
}

class PooledConnection implements DatabaseConnection {
  private readonly pool: Pool
  private readonly readers: readonly SharedReader[]
  private client: Client | null = null

  constructor(pool: Pool, readers: readonly SharedReader[]) {
    this.pool = pool
    this.readers = readers
  }

  async own(): Promise<Client> {
    this.client ??= await this.pool.connect()
    return this.client
  }

  release(): void {
    this.client?.release()
    this.client = null
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const isShared = !this.client && isRead(query)
    if (isShared) return leastAsked(this.readers).query<Row>(query)
    const client = await this.own()
    return resultOf<Row>(await client.query(named(query.sql, [...query.parameters])))
  }

  /** Kysely asks for the method; nothing of ours streams. */
  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Queries are not streamed')
  }
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

class WireDriver implements Driver {
  private readonly connection: DatabaseConnection

  constructor(wire: () => Wire) {
    this.connection = {
      executeQuery: query => wire().query(query),
      streamQuery() {
        throw new Error('Queries are not streamed')
      },
    }
  }

  async init(): Promise<void> {
    // Whoever made the wire has connected it.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.connection
  }

  async releaseConnection(): Promise<void> {
    // It goes on being shared.
  }

  async beginTransaction(): Promise<void> {
    throw new Error('A transaction has begun already')
  }

  async commitTransaction(): Promise<void> {
    throw new Error('A transaction is ended by whoever began it')
  }

  async rollbackTransaction(): Promise<void> {
    throw new Error('A transaction is ended by whoever began it')
  }

  async destroy(): Promise<void> {
    // The wire is not ours.
  }
}

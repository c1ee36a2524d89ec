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
import type { Client, Pool } from './pool.ts'
import { named, resultOf, type Wire } from './wire.ts'

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

/** A connection of the pool for each user. */
class PooledDriver implements Driver {
  private readonly pool: Pool

  constructor(pool: Pool) {
    this.pool = pool
  }

  async init(): Promise<void> {
    // The pool connects when somebody asks.
  }

  async acquireConnection(): Promise<PooledConnection> {
    return new PooledConnection(this.pool)
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
  private client: Client | null = null

  constructor(pool: Pool) {
    this.pool = pool
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
    const client = await this.own()
    return resultOf<Row>(await client.query(named(query.sql, [...query.parameters])))
  }

  /** Kysely asks for the method; nothing of ours streams. */
  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Queries are not streamed')
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

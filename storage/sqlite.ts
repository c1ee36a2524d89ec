import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely'

/** Statements with `in (…)` lists of any length would otherwise pile up. */
const PREPARED_MAX = 500

/** A server's own thread keeps the log far below this (checkpoints.ts); 64 MB. */
const LOG_MAX_PAGES = 16_384

/**
 * Node's own SQLite for Kysely. Write-ahead log with full synchronous commits: what is answered with
 * 200 survives a power cut.
 */
export function sqliteDialect(path: string): Dialect {
  return {
    createDriver: () => new SqliteDriver(new SqliteConnection(path)),
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: db => new SqliteIntrospector(db),
  }
}

/**
 * One connection, lent to one user after the other in the order in which they came. (Kysely's own
 * driver wakes all that wait each time, which a busy server feels.)
 */
class SqliteDriver implements Driver {
  private readonly connection: SqliteConnection
  private readonly waiting: ((connection: DatabaseConnection) => void)[] = []
  private isLent = false

  constructor(connection: SqliteConnection) {
    this.connection = connection
  }

  async init(): Promise<void> {
    await this.connection.open()
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (!this.isLent) {
      this.isLent = true
      return this.connection
    }
    return new Promise(resolve => {
      this.waiting.push(resolve)
    })
  }

  async releaseConnection(): Promise<void> {
    const next = this.waiting.shift()
    if (next) next(this.connection)
    else this.isLent = false
  }

  /** One that reads first and writes then must not find that another process was faster. */
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // When the disk is full SQLite has rolled back by itself.
    if (this.connection.isInTransaction()) {
      await connection.executeQuery(CompiledQuery.raw('rollback'))
    }
  }

  async destroy(): Promise<void> {
    this.connection.close()
  }
}

type Prepared = { statement: StatementSync; isReader: boolean }

class SqliteConnection implements DatabaseConnection {
  private readonly path: string
  private readonly prepared = new Map<string, Prepared>()
  private database: DatabaseSync | null = null

  constructor(path: string) {
    this.path = path
  }

  async open(): Promise<void> {
    this.database = new DatabaseSync(this.path)
    this.database.exec('pragma journal_mode = wal')
    this.database.exec('pragma synchronous = full')
    this.database.exec('pragma busy_timeout = 5000')
    this.database.exec(`pragma wal_autocheckpoint = ${LOG_MAX_PAGES}`)
  }

  isInTransaction(): boolean {
    return this.database?.isTransaction ?? false
  }

  close(): void {
    this.database?.close()
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { statement, isReader } = this.prepare(sql)
    const values = parameters.map(toInput)
    // What a row looks like is the caller's promise, as with every driver.
    if (isReader) return { rows: statement.all(...values) as Row[] }
    const { changes } = statement.run(...values)
    return { rows: [], numAffectedRows: BigInt(changes) }
  }

  /** Kysely asks for the method; nothing of ours streams. */
  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Queries of SQLite are not streamed')
  }

  private prepare(sql: string): Prepared {
    const known = this.prepared.get(sql)
    if (known) return known
    if (!this.database) throw new Error('The database is closed')
    const statement = this.database.prepare(sql)
    const prepared = { statement, isReader: statement.columns().length > 0 }
    if (this.prepared.size < PREPARED_MAX) this.prepared.set(sql, prepared)
    return prepared
  }
}

function toInput(value: unknown): SQLInputValue {
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'bigint'
  ) {
    return value
  }
  throw new TypeError(`SQLite takes no ${typeof value} as a parameter`)
}

import pg from 'pg'
import { DatabaseLostError } from '../failures.ts'

/** What one process may hold open; `max_connections` divided by the processes is the limit above it. */
const CONNECTIONS_MAX = 12
const CONNECT_MS = 5000
/** A statement that takes longer is ended by the server. */
const STATEMENT_MS = 8000
/** What makes tables may wait for another process that does, or take its time with many rows. */
const SETUP_MS = 3600_000
/** A server that says nothing for longer is not there: the connection is given up. */
const SILENCE_MS = 9000
/** A process that stands still in the midst of a transaction loses it, and others go on. */
const IDLE_IN_TRANSACTION_MS = 4000

/** What the server says when it ends a connection: by itself, by an operator, after a time. */
const ENDED = /^(?:57P0.|25P03|25P04|08...)$/u
/** Codes of errors whose message holds the value that was wrong. */
const DATA_EXCEPTION = '22'
const INT8 = 20
const NUMERIC = 1700
/** Whole numbers of ours fit into a double: ids of Kommo's and Radist's, milliseconds, sums of them. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (oid === INT8 || oid === NUMERIC) return Number
    return pg.types.getTypeParser(oid, format)
  },
}

/** One statement as it goes to the server; one with a name is planned once for each connection. */
export type Statement = { name?: string; text: string; values: unknown[] }
export type StatementResult = Pick<pg.QueryResult, 'command' | 'rowCount' | 'rows'>

/** A connection of the pool, lent to one user. */
export type Client = {
  /** @throws pg.DatabaseError for what the server refuses, DatabaseLostError when it does not answer */
  query(statement: Statement): Promise<StatementResult>
  /** One that was lost on the way is not lent again. */
  release(): void
}

/** The connections of this process. */
export class Pool {
  private readonly pool: pg.Pool
  private lent = 0

  /**
   * @param url `postgres://…`, with whatever libpq's addresses may hold
   * @param use `setup` for what makes tables, which is not to be cut off
   */
  constructor(url: string, use: 'work' | 'setup' = 'work') {
    const isSetup = use === 'setup'
    this.pool = new pg.Pool({
      connectionString: url,
      max: isSetup ? 2 : CONNECTIONS_MAX,
      application_name: 'cascade',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: isSetup ? SETUP_MS : SILENCE_MS,
      // Statements leave at once, without waiting for the answers to those before them.
      pipeline: true,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5000,
      options: [
        `-c statement_timeout=${isSetup ? SETUP_MS : STATEMENT_MS}`,
        `-c idle_in_transaction_session_timeout=${isSetup ? SETUP_MS : IDLE_IN_TRANSACTION_MS}`,
        '-c client_min_messages=warning',
      ].join(' '),
      types,
    })
    // One that is cut off while it rests is replaced when it is needed; while it is lent, its next statement
    // says so.
    this.pool.on('error', () => undefined)
    this.pool.on('connect', client => client.on('error', () => undefined))
  }

  /** Whether somebody uses a connection, or waits for one. */
  isBusy(): boolean {
    return this.lent > 0
  }

  hasEnded(): boolean {
    return this.pool.ending
  }

  async connect(): Promise<Client> {
    this.lent += 1
    const client = await this.pool.connect().catch((error: unknown) => {
      this.lent -= 1
      // Whyever the server lets nobody in: it cannot be asked.
      throw new DatabaseLostError({ cause: error })
    })
    let isLost = false
    return {
      async query(statement) {
        try {
          gather(client)
          return await client.query(statement)
        } catch (error) {
          const lost = asLost(error)
          if (lost instanceof DatabaseLostError) isLost = true
          throw lost
        }
      },
      release: () => {
        this.lent -= 1
        client.release(isLost)
      },
    }
  }

  /** One statement by itself, or several in one text with a transaction of their own. */
  async query(statement: Statement): Promise<StatementResult> {
    const client = await this.connect()
    try {
      return await client.query(statement)
    } catch (error) {
      // Where a text of several failed, its transaction is still open.
      await client.query({ text: 'rollback', values: [] }).catch(() => undefined)
      throw error
    } finally {
      client.release()
    }
  }

  async end(): Promise<void> {
    await this.pool.end()
  }
}

/** Statements of the same moment leave as one write, and wake the server once. */
function gather({ connection: { stream } }: pg.PoolClient): void {
  if (stream.writableCorked > 0) return
  stream.cork()
  process.nextTick(() => stream.uncork())
}

/** What the server itself says is its word, unless it is its last; all else is the line to it. */
function asLost(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError) || ENDED.test(error.code ?? '')) {
    return new DatabaseLostError({ cause: error })
  }
  // Errors are logged, and these would name phones and texts.
  error.detail = undefined
  error.where = undefined
  if (error.code?.startsWith(DATA_EXCEPTION)) error.message = `a value was refused (${error.code})`
  return error
}

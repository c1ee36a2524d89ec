import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { SqliteDialect } from 'kysely'

/**
 * Node's own SQLite for Kysely. Write-ahead log with full synchronous commits: what is answered with
 * 200 survives a power cut.
 */
export function sqliteDialect(path: string): SqliteDialect {
  const database = new DatabaseSync(path)
  database.exec('pragma journal_mode = wal')
  database.exec('pragma synchronous = full')
  database.exec('pragma busy_timeout = 5000')
  const prepared = new Map<string, ReturnType<typeof prepare>>()

  function prepare(sql: string) {
    // A transaction that reads first and writes then must not find that another process was faster.
    const statement = database.prepare(sql === 'begin' ? 'begin immediate' : sql)
    return {
      reader: statement.columns().length > 0,
      all: (parameters: readonly unknown[]) => statement.all(...parameters.map(toInput)),
      run: (parameters: readonly unknown[]) => statement.run(...parameters.map(toInput)),
      iterate: (parameters: readonly unknown[]) => statement.iterate(...parameters.map(toInput)),
    }
  }

  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare(sql: string) {
        const known = prepared.get(sql)
        if (known) return known
        const statement = prepare(sql)
        // Statements with `in (…)` lists of any length would otherwise pile up.
        if (prepared.size < 500) prepared.set(sql, statement)
        return statement
      },
    },
  })
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

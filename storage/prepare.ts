import type { Compilable, CompiledQuery, DialectAdapter, QueryResult } from 'kysely'
import type { Queryable } from './database.ts'

/** Stands for a value in a query that is built before its values are known. */
class Placeholder<Name> {
  readonly name: Name

  constructor(name: Name) {
    this.name = name
  }
}

/** Puts the value of that name into a query. */
export type Value<Values> = <Name extends keyof Values>(name: Name) => Values[Name]

/** A query that was built before: `origin` is the same for each of its uses. */
type Reused<Row> = CompiledQuery<Row> & { origin: CompiledQuery }

type Ask = <Row>(query: CompiledQuery<Row>) => Promise<QueryResult<Row>>
const shortcuts = new WeakMap<object, Ask>()

/** Prepared queries of this database are run by `ask`: Kysely's own way costs more than the query. */
export function takeShortcut(db: Queryable, ask: Ask): void {
  shortcuts.set(db, ask)
}

/** What a query was built as, once, or null for one that is built for this time only. */
export function originOf(query: CompiledQuery): CompiledQuery | null {
  return isReused(query) ? query.origin : null
}

function isReused(query: CompiledQuery): query is Reused<unknown> {
  return 'origin' in query
}

/**
 * A query that is built once and run with new values each time: for the few that every run needs again
 * and again, building costs several times what running does.
 * @param build gets `value(name)` where the value of that name will stand
 */
export function prepare<Values extends object, Row>(
  build: (db: Queryable, value: Value<Values>) => Compilable<Row>,
): (db: Queryable, values: Values) => Promise<Row[]> {
  /** Each database has words of its own. */
  const compiled = new Map<DialectAdapter['constructor'], CompiledQuery<Row>>()

  function compile(db: Queryable): CompiledQuery<Row> {
    // The builder takes a placeholder for the value that it will be.
    return build(db, name => new Placeholder(name) as unknown as Values[typeof name]).compile()
  }

  return async function run(db, values) {
    const { constructor: dialect } = db.getExecutor().adapter
    const origin = compiled.get(dialect) ?? compile(db)
    compiled.set(dialect, origin)
    const parameters = origin.parameters.map((one: unknown) =>
      isPlaceholder<keyof Values>(one) ? values[one.name] : one,
    )
    const query = { ...origin, parameters, origin } as Reused<Row>
    const ask = shortcuts.get(db) ?? (one => db.executeQuery(one))
    const { rows } = await ask<Row>(query)
    return rows
  }
}

function isPlaceholder<Name>(value: unknown): value is Placeholder<Name> {
  return value instanceof Placeholder
}

import type { Compilable, CompiledQuery } from 'kysely'
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

/**
 * A query that is built once and run with new values each time: for the few that every run needs again
 * and again, building costs several times what running does.
 * @param build gets `value(name)` where the value of that name will stand
 */
export function prepare<Values extends object, Row>(
  build: (db: Queryable, value: Value<Values>) => Compilable<Row>,
): (db: Queryable, values: Values) => Promise<Row[]> {
  let compiled: CompiledQuery<Row> | null = null

  function compile(db: Queryable): CompiledQuery<Row> {
    // The builder takes a placeholder for the value that it will be.
    return build(db, name => new Placeholder(name) as unknown as Values[typeof name]).compile()
  }

  return async function run(db, values) {
    compiled ??= compile(db)
    const parameters = compiled.parameters.map((one: unknown) =>
      isPlaceholder<keyof Values>(one) ? values[one.name] : one,
    )
    const { rows } = await db.executeQuery<Row>({ ...compiled, parameters })
    return rows
  }
}

function isPlaceholder<Name>(value: unknown): value is Placeholder<Name> {
  return value instanceof Placeholder
}

import type { CompiledQuery, QueryResult } from 'kysely'
import { originOf } from '../prepare.ts'
import { formOf, type Form } from './forms.ts'
import type { Client, Statement, StatementResult } from './pool.ts'

/** So many questions go into one statement. */
const TOGETHER_MAX = 200
/** Texts of statements that are known by a name; lists of any length would otherwise pile up. */
const NAMES_MAX = 1000

type Waiting = {
  query: CompiledQuery
  form: Form | null
  resolve: (result: QueryResult<never>) => void
  reject: (error: unknown) => void
}

/**
 * One connection for several users at once, in rounds. While one round is on its way, others gather for the
 * next; those that are alike then go as one statement, and all statements of a round go together: twenty
 * runs that are read or written in the same moment cost one statement, and one way to the server and back.
 * Writes that answer nothing are not waited for: whoever ends the transaction asks `failure`, after its commit.
 */
export class Wire {
  private readonly client: Client
  private waiting: Waiting[] = []
  private isRunning = false
  /** Why the first write that failed did; the server then commits nothing. */
  failure: unknown = null

  constructor(client: Client) {
    this.client = client
  }

  query<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    return new Promise((resolve, reject) => {
      const origin = originOf(query)
      const form = origin && formOf(origin)
      // The promise's type is the caller's promise of what a row looks like, as with every driver.
      this.waiting.push({ query, form, resolve: resolve as Waiting['resolve'], reject })
      if (this.isRunning) return
      this.isRunning = true
      // Whoever else asks in this turn goes along.
      setImmediate(() => void this.run())
    })
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const round = this.waiting
      this.waiting = []
      await Promise.all(statementsOf(round).map(together => this.answer(together)))
    }
    this.isRunning = false
  }

  private async answer(together: readonly Waiting[]): Promise<void> {
    if (together[0]?.form?.kind === 'write') return this.write(together)
    try {
      const results = await this.ask(together)
      for (const [index, { resolve }] of together.entries()) resolve(results[index] ?? { rows: [] })
    } catch (error) {
      for (const { reject } of together) reject(error)
    }
  }

  /** They have left: what their users ask next leaves after them. */
  private async write(together: readonly Waiting[]): Promise<void> {
    const written = this.ask(together)
    for (const { resolve } of together) resolve({ rows: [] })
    try {
      await written
    } catch (error) {
      this.failure ??= error
    }
  }

  private async ask(together: readonly Waiting[]): Promise<QueryResult<never>[]> {
    const [first] = together
    if (!first) return []
    const { form, query } = first
    if (!form || together.length === 1) {
      return [resultOf(await this.client.query(named(query.sql, [...query.parameters])))]
    }
    if (form.kind === 'write') {
      await this.client.query(writeOf(form, together))
      return []
    }
    const { rows } = await this.client.query(readOf(form, together))
    const results = together.map((): { rows: never[] } => ({ rows: [] }))
    // Each row says which of the questions it answers, in a column that nobody else asks for.
    for (const row of rows as { '~': number }[]) results[row['~'] - 1]?.rows.push(row as never)
    return results
  }
}

/** Which of them go as one statement. */
function statementsOf(round: readonly Waiting[]): Waiting[][] {
  return [...Map.groupBy(round, ({ form }) => form)].flatMap(([form, alike]) => {
    const isTogether = form && (form.kind === 'write' || areTypedAlike(alike))
    const size = isTogether ? TOGETHER_MAX : 1
    return Array.from({ length: Math.ceil(alike.length / size) }, (_, index) =>
      alike.slice(index * size, (index + 1) * size),
    )
  })
}

/** An array has one type, which is told by what is in it. */
function areTypedAlike(alike: readonly Waiting[]): boolean {
  const [first] = alike
  return alike.every(({ query }) =>
    query.parameters.every(
      (value, index) =>
        typeOf(value) !== null && typeOf(value) === typeOf(first?.query.parameters[index]),
    ),
  )
}

function typeOf(value: unknown): 'bigint' | 'text' | null {
  if (typeof value === 'string') return 'text'
  return Number.isSafeInteger(value) ? 'bigint' : null
}

const readTexts = new WeakMap<Form, Map<string, string>>()

/** The question with the values of all who ask, each answer with the place of who asked. */
function readOf(form: Extract<Form, { kind: 'read' }>, together: readonly Waiting[]): Statement {
  const parameters = together[0]?.query.parameters ?? []
  const types = parameters.map(value => `${typeOf(value)}[]`)
  const texts = readTexts.get(form) ?? new Map<string, string>()
  readTexts.set(form, texts)
  const text = texts.get(types.join()) ?? readText(form.sql, types)
  texts.set(types.join(), text)
  const values = parameters.map((_, index) => together.map(one => one.query.parameters[index]))
  return named(text, values)
}

function readText(sql: string, types: readonly string[]): string {
  const columns = types.map((_, index) => `p${index + 1}`)
  const arrays = types.map((type, index) => `$${index + 1}::${type}`)
  const asked = sql.replaceAll(/\$(\d+)/gu, '"~v".p$1')
  return (
    `select "~v"."~", "~q".* from unnest(${arrays.join(', ')}) with ordinality ` +
    `as "~v"(${[...columns, '"~"'].join(', ')}) cross join lateral (${asked}) as "~q"`
  )
}

/** The rows of all who write. */
function writeOf(form: Extract<Form, { kind: 'write' }>, together: readonly Waiting[]): Statement {
  const rows = together.flatMap(({ query }) =>
    form.rows.map(places =>
      Object.fromEntries(
        form.columns.map((column, index) => [column, query.parameters[places[index] ?? 0]]),
      ),
    ),
  )
  return named(form.text, [JSON.stringify(rows)])
}

const names = new Map<string, string>()

/** A statement that comes again is planned once for each connection. */
export function named(text: string, values: unknown[]): Statement {
  const known = names.get(text)
  if (known !== undefined) return { name: known, text, values }
  if (names.size >= NAMES_MAX) return { text, values }
  const name = `c${names.size}`
  names.set(text, name)
  return { name, text, values }
}

export function resultOf<Row>({ command, rowCount, rows }: StatementResult): QueryResult<Row> {
  const isChange = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(command)
  return {
    rows: rows as Row[],
    ...(isChange ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}),
  }
}

import type { CompiledQuery } from 'kysely'

/** How a statement is asked once for many: `rows` say which parameter stands in which column. */
export type Form =
  | { kind: 'read'; sql: string }
  | { kind: 'write'; text: string; columns: string[]; rows: number[][] }

const forms = new WeakMap<CompiledQuery, Form | null>()

/** @param origin a query that is built once and run again and again. @returns null for one that goes alone */
export function formOf(origin: CompiledQuery): Form | null {
  const known = forms.get(origin)
  if (known !== undefined) return known
  const { sql } = origin
  const form = readForm(sql) ?? insertForm(sql) ?? updateForm(sql) ?? deleteForm(sql)
  forms.set(origin, form)
  return form
}

function readForm(sql: string): Form | null {
  return sql.startsWith('select ') ? { kind: 'read', sql } : null
}

/** What each value's type is, is told by the table's columns. */
function recordsOf(table: string): string {
  return `json_populate_recordset(null::"${table}", $1::json)`
}

function insertForm(sql: string): Form | null {
  const parts =
    /^insert into "(?<table>\w+)" \((?<names>[^)]*)\) values (?<values>(?:\((?:\$\d+(?:, )?)+\)(?:, )?)+)(?<conflict> on conflict [^$]*)?$/u.exec(
      sql,
    )?.groups
  if (!parts) return null
  const { table = '', names = '', values = '', conflict = '' } = parts
  const text = `insert into "${table}" (${names}) select ${names} from ${recordsOf(table)}${conflict}`
  const rows = values.split('), (').map(placesIn)
  return { kind: 'write', text, columns: names.split(', ').map(unquoted), rows }
}

/** Only those that set columns to values, in the row that other columns' values name. */
function updateForm(sql: string): Form | null {
  const parts =
    /^update "(?<table>\w+)" set (?<set>(?:"\w+" = \$\d+(?:, )?)+) where (?<where>(?:"\w+" = \$\d+(?: and )?)+)$/u.exec(
      sql,
    )?.groups
  if (!parts) return null
  const { table = '', set = '', where = '' } = parts
  const columns = [...sql.matchAll(/"(\w+)" = \$\d+/gu)].map(([, column = '']) => column)
  if (new Set(columns).size < columns.length) return null
  const text =
    `update "${table}" set ${set.replaceAll(/"(\w+)" = \$\d+/gu, '"$1" = "~v"."$1"')} ` +
    `from ${recordsOf(table)} as "~v" ` +
    `where ${where.replaceAll(/"(\w+)" = \$\d+/gu, `"${table}"."$1" = "~v"."$1"`)}`
  return { kind: 'write', text, columns, rows: [placesIn(sql)] }
}

/** Only those of rows that columns' values name. */
function deleteForm(sql: string): Form | null {
  const parts = /^delete from "(?<table>\w+)" where (?<where>(?:"\w+" = \$\d+(?: and )?)+)$/u.exec(
    sql,
  )?.groups
  if (!parts) return null
  const { table = '', where = '' } = parts
  const columns = [...where.matchAll(/"(\w+)" = \$\d+/gu)].map(([, column = '']) => column)
  const text =
    `delete from "${table}" using ${recordsOf(table)} as "~v" ` +
    `where ${where.replaceAll(/"(\w+)" = \$\d+/gu, `"${table}"."$1" = "~v"."$1"`)}`
  return { kind: 'write', text, columns, rows: [placesIn(sql)] }
}

function placesIn(text: string): number[] {
  return [...text.matchAll(/\$(\d+)/gu)].map(([, number]) => Number(number) - 1)
}

function unquoted(name: string): string {
  return name.replaceAll('"', '')
}

import { sql, type Selectable } from 'kysely'
import type { Queryable } from './database.ts'
import { toStoredRun, type StoredRun } from './run-row.ts'
import type { Tables } from './schema.ts'
import { searchable } from './searchable.ts'

/** What a list of runs is narrowed down to; whatever is not given, all. Times are milliseconds. */
export type RunFilter = {
  outcome?: 'open' | 'delivered' | 'not_delivered' | 'late' | undefined
  messenger?: string | undefined
  connectionId?: number | undefined
  botId?: number | undefined
  leadId?: number | undefined
  from?: number | undefined
  to?: number | undefined
  /** Of the contact's name, phone or username, of the deal's name; or the number of a deal or contact. */
  search?: string | undefined
}
/** Where a page begins: after this run, which was the last one of the page before. */
export type RunCursor = { createdAt: number; id: string }
export type ListedRun = StoredRun & { botId: number | null; hasLateNews: boolean }

/**
 * A page of runs, the latest first. The ids are found in one index that holds all that is filtered by,
 * so a rare outcome among very many runs is found without reading them.
 */
export async function listRuns(
  db: Queryable,
  accountId: number,
  filter: RunFilter,
  page: { before: RunCursor | null; limit: number },
): Promise<ListedRun[]> {
  const { outcome, messenger, connectionId, botId, leadId, from, to } = filter
  const search = searchable(filter.search ?? '')
  const number = /^#?(\d{1,15})$/u.exec(search)?.[1]
  let query = db
    .selectFrom('runs')
    .select('id')
    .where('account_id', '=', accountId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
  const { before } = page
  if (before) {
    query = query
      .where('created_at', '<=', before.createdAt)
      .where(eb => eb.or([eb('created_at', '<', before.createdAt), eb('id', '<', before.id)]))
  }
  if (from !== undefined) query = query.where('created_at', '>=', from)
  if (to !== undefined) query = query.where('created_at', '<', to)
  if (outcome === 'late') query = query.where('has_late_news', '=', 1)
  else if (outcome) query = query.where('outcome', '=', outcome)
  if (botId !== undefined) query = query.where('bot_id', '=', botId)
  if (leadId !== undefined) {
    query = query.where('entity_type', '=', 'lead').where('entity_id', '=', leadId)
  }
  if (messenger) query = query.where(contains('messengers', `,${messenger},`))
  if (connectionId !== undefined) query = query.where(contains('connections', `,${connectionId},`))
  if (search !== '') {
    query = query.where(eb => {
      const text = contains('search_text', search)
      return number ? eb.or([text, eb('entity_id', '=', Number(number))]) : text
    })
  }
  const ids = (await query.execute()).map(row => row.id)
  if (ids.length === 0) return []
  // By id alone: with the account beside it, SQLite would rather walk through all of the account's runs.
  const rows = await db.selectFrom('runs').selectAll().where('id', 'in', ids).execute()
  const own = rows.filter(row => row.account_id === accountId)
  const byId = new Map(own.map(row => [row.id, row]))
  return ids.flatMap(id => {
    const row = byId.get(id)
    return row ? [toListedRun(row)] : []
  })
}

export async function findListedRun(
  db: Queryable,
  accountId: number,
  id: string,
): Promise<ListedRun | null> {
  const row = await db
    .selectFrom('runs')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? toListedRun(row) : null
}

function toListedRun(row: Selectable<Tables['runs']>): ListedRun {
  return { ...toStoredRun(row), botId: row.bot_id, hasLateNews: row.has_late_news === 1 }
}

function contains(column: 'messengers' | 'connections' | 'search_text', text: string) {
  // Characters that `like` would take for placeholders.
  const literal = text.replaceAll(/[\\%_]/gu, character => `\\${character}`)
  return sql<boolean>`${sql.ref(column)} like ${`%${literal}%`} escape '\\'`
}

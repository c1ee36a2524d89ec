import { stringify } from 'csv-stringify/sync'
import { messengerFacts } from '../../contracts/messengers.ts'
import { readConnections } from '../../storage/cascades.ts'
import { listRuns, type RunCursor, type RunFilter } from '../../storage/run-list.ts'
import type { ApiServices } from '../services.ts'
import { runListItem } from './run-view.ts'

const PAGE = 200
/** More than anybody reads, and little enough to be written in one go. */
const MAX_ROWS = 100_000

const COLUMNS = [
  'started_at',
  'ended_at',
  'outcome',
  'reason',
  'messenger',
  'connection',
  'existing_chat',
  'attempts',
  'seconds',
  'late_news',
  'origin',
  'bot_id',
  'deal_id',
  'deal',
  'contact_id',
  'contact',
] as const
type Row = Record<(typeof COLUMNS)[number], string | number>

/**
 * The runs of a filter as CSV, page by page, the latest first. Cells that a spreadsheet would take for a
 * formula begin with an apostrophe.
 */
export async function* runsCsv(
  { database }: ApiServices,
  accountId: number,
  filter: RunFilter,
): AsyncGenerator<string> {
  const connections = await readConnections(database, accountId)
  const nameOf = new Map(connections.map(one => [one.connectionId, one.name]))
  // Spreadsheets take a file without this mark for one in an encoding of old.
  yield '\uFEFF'
  yield stringify([COLUMNS])
  let before: RunCursor | null = null
  for (let rows = 0; rows < MAX_ROWS; rows += PAGE) {
    const runs = await listRuns(database, accountId, filter, { before, limit: PAGE })
    const lines = runs.map(listed => rowOf(runListItem(listed), nameOf))
    yield stringify(lines, { columns: [...COLUMNS], escape_formulas: true })
    const last = runs.at(-1)
    if (!last || runs.length < PAGE) return
    before = { createdAt: last.run.createdAt, id: last.run.id }
    // Hooks that came meanwhile have their turn.
    await new Promise(resolve => setImmediate(resolve))
  }
}

function rowOf(item: ReturnType<typeof runListItem>, nameOf: ReadonlyMap<number, string>): Row {
  const { outcome, entity, createdAt, endedAt } = item
  const isDelivered = outcome.kind === 'delivered'
  return {
    started_at: createdAt,
    ended_at: endedAt ?? '',
    outcome: outcome.kind,
    reason: outcome.kind === 'not_delivered' ? outcome.reason : '',
    messenger: isDelivered ? messengerFacts(outcome.messenger).name : '',
    connection: isDelivered ? (nameOf.get(outcome.connectionId) ?? outcome.connectionId) : '',
    existing_chat: isDelivered ? Number(outcome.byExistingChat) : '',
    attempts: item.attempts,
    seconds: endedAt ? Math.round((Date.parse(endedAt) - Date.parse(createdAt)) / 1000) : '',
    late_news: Number(item.hasLateNews),
    origin: item.origin,
    bot_id: item.botId ?? '',
    deal_id: entity.type === 'lead' ? entity.id : '',
    deal: item.leadName,
    contact_id: item.contactId ?? '',
    contact: item.contactName,
  }
}

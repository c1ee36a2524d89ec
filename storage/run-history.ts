import { historyEntrySchema, type HistoryEntry } from '../contracts/history.ts'
import type { Queryable } from './database.ts'
import { prepare, type Value } from './prepare.ts'

type Lines = {
  runId: string
  accountId: number
  at: number
  [entry: `entry${number}`]: string
}
/** One insert for all lines of a step, built once for each number of lines. */
const inserts = new Map<number, ReturnType<typeof prepareInsert>>()

function prepareInsert(count: number) {
  return prepare((db, value: Value<Lines>) =>
    db.insertInto('run_history').values(
      Array.from({ length: count }, (_, index) => ({
        run_id: value('runId'),
        account_id: value('accountId'),
        at: value('at'),
        entry: value(`entry${index}`),
      })),
    ),
  )
}

export async function addHistory(
  db: Queryable,
  accountId: number,
  runId: string,
  history: readonly HistoryEntry[],
  at: number,
): Promise<void> {
  if (history.length === 0) return
  const insert = inserts.get(history.length) ?? prepareInsert(history.length)
  inserts.set(history.length, insert)
  const lines: Lines = { runId, accountId, at }
  for (const [index, entry] of history.entries()) lines[`entry${index}`] = JSON.stringify(entry)
  await insert(db, lines)
}

export type HistoryLine = { at: number; entry: HistoryEntry }

/** A run's complete history, oldest first. */
export async function readHistory(
  db: Queryable,
  accountId: number,
  runId: string,
): Promise<HistoryLine[]> {
  const rows = await db
    .selectFrom('run_history')
    .select(['at', 'entry'])
    .where('account_id', '=', accountId)
    .where('run_id', '=', runId)
    .orderBy('seq')
    .execute()
  return rows.map(row => ({ at: row.at, entry: historyEntrySchema.parse(JSON.parse(row.entry)) }))
}

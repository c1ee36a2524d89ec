import { sql, type Insertable } from 'kysely'
import { wakeAtOf } from '../cascade/core/decide.ts'
import type { HistoryEntry } from '../contracts/history.ts'
import type { Run } from '../cascade/core/run.ts'
import type { RunOfAccount } from '../cascade/core/take-turns.ts'
import type { Queryable } from './database.ts'
import { prepare, type Value } from './prepare.ts'
import { addHistory } from './run-history.ts'
import {
  botIdOf,
  isListedAlike,
  listColumns,
  listedAs,
  stateColumns,
  stateOf,
  STORED_RUN,
  toStoredRun,
  type Listed,
  type State,
  type StoredRun,
} from './run-row.ts'
import { noteWakeUp, together, type WakeUp } from './transact.ts'
import type { Tables } from './schema.ts'

const DAY_MS = 24 * 3600_000

type NewRow = Required<Omit<Insertable<Tables['runs']>, 'has_late_news'>>
const insertRunRow = prepare((db, value: Value<NewRow>) =>
  db.insertInto('runs').values({
    id: value('id'),
    account_id: value('account_id'),
    origin: value('origin'),
    entity_type: value('entity_type'),
    entity_id: value('entity_id'),
    return_url: value('return_url'),
    token_issued_at: value('token_issued_at'),
    token_hash: value('token_hash'),
    message: value('message'),
    created_at: value('created_at'),
    bot_id: value('bot_id'),
    ...stateColumns(value),
    ...listColumns(value),
  }),
)

/** Stores a new run with what its history begins with. */
export async function insertRun(
  db: Queryable,
  { run, subject, worker = null }: Pick<StoredRun, 'run' | 'subject'> & Partial<StoredRun>,
  history: readonly HistoryEntry[],
): Promise<void> {
  const inserted = insertRunRow(db, {
    id: run.id,
    account_id: subject.accountId,
    origin: subject.origin,
    entity_type: subject.entity.type,
    entity_id: subject.entity.id,
    return_url: subject.returnUrl,
    token_issued_at: subject.tokenIssuedAt,
    token_hash: subject.tokenHash,
    message: subject.message,
    created_at: run.createdAt,
    bot_id: botIdOf(subject.returnUrl),
    ...stateOf(run),
    ...listedAs(run),
    worker,
  })
  noteIfDue(db, subject.accountId, run, null)
  await together([inserted, addHistory(db, subject.accountId, run.id, history, run.createdAt)])
}

const updateRunRow = prepare((db, value: Value<State & { id: string; account_id: number }>) =>
  db
    .updateTable('runs')
    .set(stateColumns(value))
    .where('id', '=', value('id'))
    .where('account_id', '=', value('account_id')),
)

const updateListedRow = prepare(
  (db, value: Value<State & Listed & { id: string; account_id: number }>) =>
    db
      .updateTable('runs')
      .set({ ...stateColumns(value), ...listColumns(value) })
      .where('id', '=', value('id'))
      .where('account_id', '=', value('account_id')),
)

/** One step of a run: its state before and after, and what is told of it. */
type RunStep = {
  before: Run
  run: Run
  history: readonly HistoryEntry[]
  at: number
  worker: string | null
}

/**
 * Stores a run's new state with the history of the step that led to it. What runs are looked for by is
 * written only where it differs.
 */
export async function updateRun(
  db: Queryable,
  accountId: number,
  { before, run, history, at, worker }: RunStep,
): Promise<void> {
  const row = { id: run.id, account_id: accountId, ...stateOf(run), worker }
  const isAlike = isListedAlike(before, run)
  noteIfDue(db, accountId, run, before)
  await together([
    isAlike ? updateRunRow(db, row) : updateListedRow(db, { ...row, ...listedAs(run) }),
    addHistory(db, accountId, run.id, history, at),
  ])
}

function noteIfDue(db: Queryable, accountId: number, run: Run, before: Run | null): void {
  const wakeAt = wakeAtOf(run)
  if (wakeAt === null || (before && wakeAtOf(before) === wakeAt)) return
  noteWakeUp(db, { id: run.id, accountId, wakeAt })
}

/** A delivery came after the run had ended. */
export async function markLateNews(db: Queryable, accountId: number, id: string): Promise<void> {
  await db
    .updateTable('runs')
    .set({ has_late_news: 1 })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute()
}

/** An account's runs that have not ended. */
export async function openRunIds(db: Queryable, accountId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('runs')
    .select('id')
    .where('is_settled', '=', 0)
    .where('phase', '!=', 'ended')
    .where('account_id', '=', accountId)
    .execute()
  return rows.map(row => row.id)
}

/** Ended runs whose texts are older than their account keeps them. */
export async function runsToForget(
  db: Queryable,
  now: number,
  limit: number,
): Promise<RunOfAccount[]> {
  return db
    .selectFrom('accounts')
    .innerJoin('runs', 'runs.account_id', 'accounts.id')
    .select(['runs.id', 'runs.account_id as accountId'])
    .where(({ eb, ref }) =>
      eb(
        'runs.ended_at',
        '<',
        sql<number>`cast(${now} as bigint) - ${ref('accounts.retention_days')} * cast(${DAY_MS} as bigint)`,
      ),
    )
    .where('runs.message', '!=', sql.lit(''))
    .limit(limit)
    .execute()
}

/** Erases a run's message; its state lost what is personal before. */
export async function eraseRun(db: Queryable, accountId: number, id: string): Promise<void> {
  await db
    .updateTable('runs')
    .set({ message: '' })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute()
}

const runById = prepare((db, value: Value<{ id: string }>) =>
  db.selectFrom('runs').select(STORED_RUN).where('id', '=', value('id')),
)

export async function findRun(db: Queryable, id: string): Promise<StoredRun | null> {
  const [row] = await runById(db, { id })
  return row ? toStoredRun(row) : null
}

const lastByReturnUrl = prepare((db, value: Value<{ accountId: number; returnUrl: string }>) =>
  db
    .selectFrom('runs')
    .select(STORED_RUN)
    .where('account_id', '=', value('accountId'))
    .where('return_url', '=', value('returnUrl'))
    .orderBy('created_at', 'desc')
    .limit(1),
)

/** The last run that this return URL came with. */
export async function lastRunOfReturnUrl(
  db: Queryable,
  accountId: number,
  returnUrl: string,
): Promise<StoredRun | null> {
  const [row] = await lastByReturnUrl(db, { accountId, returnUrl })
  return row ? toStoredRun(row) : null
}

const runsByToken = prepare((db, value: Value<{ accountId: number; tokenHash: string }>) =>
  db
    .selectFrom('runs')
    .select(['return_url', 'created_at'])
    .where('account_id', '=', value('accountId'))
    .where('token_hash', '=', value('tokenHash')),
)

/** The return URL that a hook's token first came with: a token is bound to it. */
export async function returnUrlOfToken(
  db: Queryable,
  accountId: number,
  tokenHash: string,
): Promise<string | null> {
  const rows = await runsByToken(db, { accountId, tokenHash })
  return rows.toSorted((a, b) => a.created_at - b.created_at)[0]?.return_url ?? null
}

/** Open runs that something was to be done for, or that are to be looked at before `wakeBefore`. */
export async function interruptedRuns(db: Queryable, wakeBefore: number): Promise<RunOfAccount[]> {
  return db
    .selectFrom('runs')
    .select(['id', 'account_id as accountId'])
    .where('is_settled', '=', sql.lit(0))
    .where(expression =>
      expression.or([expression('wake_at', 'is', null), expression('wake_at', '<', wakeBefore)]),
    )
    .orderBy('created_at')
    .execute()
}

export async function dueRuns(db: Queryable, now: number, limit: number): Promise<RunOfAccount[]> {
  return db
    .selectFrom('runs')
    .select(['id', 'account_id as accountId'])
    .where('wake_at', '<=', now)
    .orderBy('wake_at')
    .limit(limit)
    .execute()
}

/** When each open run is to be looked at again. */
export async function openWaits(db: Queryable): Promise<WakeUp[]> {
  const rows = await db
    .selectFrom('runs')
    .select(['id', 'account_id as accountId', 'wake_at as wakeAt'])
    .where('wake_at', 'is not', null)
    .execute()
  return rows.map(row => ({ ...row, wakeAt: row.wakeAt ?? 0 }))
}

/** Accounts with held runs, and when each was last connected. */
export async function heldAccounts(
  db: Queryable,
): Promise<{ accountId: number; connectedAt: number }[]> {
  return db
    .selectFrom('runs')
    .innerJoin('accounts', 'accounts.id', 'runs.account_id')
    .select(['accounts.id as accountId', 'accounts.connected_at as connectedAt'])
    .distinct()
    .where('runs.is_held', '=', sql.lit(1))
    .execute()
}

/** Runs whose continue waits until their account is connected again. */
export async function heldRunIds(db: Queryable, accountId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('runs')
    .select('id')
    .where('account_id', '=', accountId)
    .where('is_held', '=', sql.lit(1))
    .orderBy('created_at')
    .execute()
  return rows.map(row => row.id)
}

/** The account's last runs, the latest first. */
export async function latestRuns(db: Queryable, accountId: number, limit: number): Promise<Run[]> {
  const rows = await db
    .selectFrom('runs')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map(row => toStoredRun(row).run)
}

/** Looks at a run again later, whatever its state says. */
export async function putAside(
  db: Queryable,
  { id, accountId }: RunOfAccount,
  wakeAt: number,
): Promise<void> {
  await db
    .updateTable('runs')
    .set({ wake_at: wakeAt })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute()
  noteWakeUp(db, { id, accountId, wakeAt })
}

export async function nextWakeAt(db: Queryable): Promise<number | null> {
  const query = db
    .selectFrom('runs')
    .select(expression => expression.fn.min('wake_at').as('at'))
    .where('wake_at', 'is not', null)
  return (await query.executeTakeFirst())?.at ?? null
}

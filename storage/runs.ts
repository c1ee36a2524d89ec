import { sql, type Insertable, type Selectable } from 'kysely'
import { z } from 'zod'
import { wakeAtOf } from '../cascade/core/decide.ts'
import { historyEntrySchema, type HistoryEntry } from '../contracts/history.ts'
import { isSettled, runSchema, type Run } from '../cascade/core/run.ts'
import type { Queryable } from './database.ts'
import { prepare, type Value } from './prepare.ts'
import type { Tables } from './schema.ts'

/** What a run is about; it never changes. */
export type RunSubject = {
  accountId: number
  origin: 'bot' | 'test' | 'sent_again'
  entity: { type: 'lead' | 'contact'; id: number }
  returnUrl: string | null
  /** Of the hook's token, seconds since the epoch. */
  tokenIssuedAt: number | null
  tokenHash: string | null
  /** The step's message as the hook brought it, JSON text. */
  message: string
}
export type StoredRun = { run: Run; subject: RunSubject }

const subjectSchema = z.object({
  origin: z.enum(['bot', 'test', 'sent_again']),
  entityType: z.enum(['lead', 'contact']),
})

type NewRow = Insertable<Tables['runs']>
const insertRunRow = prepare((db, value: Value<Required<NewRow>>) =>
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
    ...stateColumns(value),
  }),
)

/** Stores a new run with what its history begins with. */
export async function insertRun(
  db: Queryable,
  { run, subject }: StoredRun,
  history: readonly HistoryEntry[],
): Promise<void> {
  await insertRunRow(db, {
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
    ...stateOf(run),
  })
  await addHistory(db, subject.accountId, run.id, history, run.createdAt)
}

const updateRunRow = prepare((db, value: Value<State & { id: string; account_id: number }>) =>
  db
    .updateTable('runs')
    .set(stateColumns(value))
    .where('id', '=', value('id'))
    .where('account_id', '=', value('account_id')),
)

/** Stores a run's new state with the history of the step that led to it. */
export async function updateRun(
  db: Queryable,
  accountId: number,
  run: Run,
  history: readonly HistoryEntry[],
  at: number,
): Promise<void> {
  await updateRunRow(db, { id: run.id, account_id: accountId, ...stateOf(run) })
  await addHistory(db, accountId, run.id, history, at)
}

type HistoryRow = Omit<Tables['run_history'], 'seq'>
const insertHistoryRow = prepare((db, value: Value<HistoryRow>) =>
  db.insertInto('run_history').values({
    run_id: value('run_id'),
    account_id: value('account_id'),
    at: value('at'),
    entry: value('entry'),
  }),
)

async function addHistory(
  db: Queryable,
  accountId: number,
  runId: string,
  history: readonly HistoryEntry[],
  at: number,
): Promise<void> {
  for (const line of history) {
    const entry = JSON.stringify(line)
    await insertHistoryRow(db, { run_id: runId, account_id: accountId, at, entry })
  }
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
  db.selectFrom('runs').selectAll().where('id', '=', value('id')),
)

export async function findRun(db: Queryable, id: string): Promise<StoredRun | null> {
  const [row] = await runById(db, { id })
  return row ? toStoredRun(row) : null
}

const lastByReturnUrl = prepare((db, value: Value<{ accountId: number; returnUrl: string }>) =>
  db
    .selectFrom('runs')
    .selectAll()
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

/** A run as whoever takes work fairly needs it. */
export type RunOfAccount = { id: string; accountId: number }

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

/** Looks at a run again later, whatever its state says. */
export async function putAside(db: Queryable, id: string, wakeAt: number): Promise<void> {
  await db.updateTable('runs').set({ wake_at: wakeAt }).where('id', '=', id).execute()
}

export async function nextWakeAt(db: Queryable): Promise<number | null> {
  const query = db
    .selectFrom('runs')
    .select(expression => expression.fn.min('wake_at').as('at'))
    .where('wake_at', 'is not', null)
  return (await query.executeTakeFirst())?.at ?? null
}

type SentMessage = {
  accountId: number
  messageId: string
  runId: string
  chatId: number
}
const insertSentMessage = prepare((db, value: Value<Tables['sent_messages']>) =>
  db
    .insertInto('sent_messages')
    .values({
      account_id: value('account_id'),
      message_id: value('message_id'),
      run_id: value('run_id'),
      chat_id: value('chat_id'),
    })
    .onConflict(conflict => conflict.doNothing()),
)

/** Remembers which run sent a message, so that its receipts find it. */
export async function rememberSentMessage(db: Queryable, sent: SentMessage): Promise<void> {
  await insertSentMessage(db, {
    account_id: sent.accountId,
    message_id: sent.messageId,
    run_id: sent.runId,
    chat_id: sent.chatId,
  })
}

const runIdOfMessage = prepare((db, value: Value<{ accountId: number; messageId: string }>) =>
  db
    .selectFrom('sent_messages')
    .select('run_id')
    .where('account_id', '=', value('accountId'))
    .where('message_id', '=', value('messageId')),
)

export async function runOfMessage(
  db: Queryable,
  accountId: number,
  messageId: string,
): Promise<string | null> {
  const [row] = await runIdOfMessage(db, { accountId, messageId })
  return row?.run_id ?? null
}

const insertRunChat = prepare((db, value: Value<Tables['run_chats']>) =>
  db
    .insertInto('run_chats')
    .values({
      account_id: value('account_id'),
      chat_id: value('chat_id'),
      run_id: value('run_id'),
      started_at: value('started_at'),
    })
    .onConflict(conflict => conflict.doNothing()),
)

export async function rememberRunChat(
  db: Queryable,
  accountId: number,
  chatId: number,
  runId: string,
  startedAt: number,
): Promise<void> {
  await insertRunChat(db, {
    account_id: accountId,
    chat_id: chatId,
    run_id: runId,
    started_at: startedAt,
  })
}

const runIdsOfChat = prepare(
  (db, value: Value<{ accountId: number; chatId: number; limit: number }>) =>
    db
      .selectFrom('run_chats')
      .select('run_id')
      .where('account_id', '=', value('accountId'))
      .where('chat_id', '=', value('chatId'))
      .orderBy('started_at', 'desc')
      .limit(value('limit')),
)

/** The runs that wrote into a chat, the latest first. */
export async function runsOfChat(
  db: Queryable,
  accountId: number,
  chatId: number,
  limit: number,
): Promise<string[]> {
  return (await runIdsOfChat(db, { accountId, chatId, limit })).map(row => row.run_id)
}

function stateOf(run: Run) {
  return {
    state: JSON.stringify(run),
    phase: run.phase.name,
    is_settled: isSettled(run) ? 1 : 0,
    wake_at: wakeAtOf(run),
    ended_at: run.phase.name === 'ended' ? run.phase.endedAt : null,
    contact_id: run.gathered?.contactId ?? null,
    is_held: run.continuation.state === 'held' ? 1 : 0,
  }
}
type State = Pick<
  Tables['runs'],
  'state' | 'phase' | 'is_settled' | 'wake_at' | 'ended_at' | 'contact_id' | 'is_held'
>

function stateColumns(value: Value<State>): State {
  return {
    state: value('state'),
    phase: value('phase'),
    is_settled: value('is_settled'),
    wake_at: value('wake_at'),
    ended_at: value('ended_at'),
    contact_id: value('contact_id'),
    is_held: value('is_held'),
  }
}

function toStoredRun(row: Selectable<Tables['runs']>): StoredRun {
  const { origin, entityType } = subjectSchema.parse({
    origin: row.origin,
    entityType: row.entity_type,
  })
  return {
    run: runSchema.parse(JSON.parse(row.state)),
    subject: {
      accountId: row.account_id,
      origin,
      entity: { type: entityType, id: row.entity_id },
      returnUrl: row.return_url,
      tokenIssuedAt: row.token_issued_at,
      tokenHash: row.token_hash,
      message: row.message,
    },
  }
}

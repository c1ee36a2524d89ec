import type { Selectable } from 'kysely'
import { z } from 'zod'
import { wakeAtOf } from '../cascade/core/decide.ts'
import { historyEntrySchema, type HistoryEntry } from '../contracts/history.ts'
import { isSettled, runSchema, type Run } from '../cascade/core/run.ts'
import type { Queryable } from './database.ts'
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

/** Stores a new run with what its history begins with. */
export async function insertRun(
  db: Queryable,
  { run, subject }: StoredRun,
  history: readonly HistoryEntry[],
): Promise<void> {
  await db
    .insertInto('runs')
    .values({
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
    .execute()
  await addHistory(db, subject.accountId, run.id, history, run.createdAt)
}

/** Stores a run's new state with the history of the step that led to it. */
export async function updateRun(
  db: Queryable,
  accountId: number,
  run: Run,
  history: readonly HistoryEntry[],
  at: number,
): Promise<void> {
  await db
    .updateTable('runs')
    .set(stateOf(run))
    .where('id', '=', run.id)
    .where('account_id', '=', accountId)
    .execute()
  await addHistory(db, accountId, run.id, history, at)
}

async function addHistory(
  db: Queryable,
  accountId: number,
  runId: string,
  history: readonly HistoryEntry[],
  at: number,
): Promise<void> {
  if (history.length === 0) return
  await db
    .insertInto('run_history')
    .values(
      history.map(entry => ({
        run_id: runId,
        account_id: accountId,
        at,
        entry: JSON.stringify(entry),
      })),
    )
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

export async function findRun(db: Queryable, id: string): Promise<StoredRun | null> {
  const row = await db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? toStoredRun(row) : null
}

/** The last run that this return URL came with. */
export async function lastRunOfReturnUrl(
  db: Queryable,
  accountId: number,
  returnUrl: string,
): Promise<StoredRun | null> {
  const row = await db
    .selectFrom('runs')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('return_url', '=', returnUrl)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ? toStoredRun(row) : null
}

/** The return URL that a hook's token first came with: a token is bound to it. */
export async function returnUrlOfToken(
  db: Queryable,
  accountId: number,
  tokenHash: string,
): Promise<string | null> {
  const row = await db
    .selectFrom('runs')
    .select('return_url')
    .where('account_id', '=', accountId)
    .where('token_hash', '=', tokenHash)
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst()
  return row?.return_url ?? null
}

/** A run as whoever takes work fairly needs it. */
export type RunOfAccount = { id: string; accountId: number }

/** Open runs that something was to be done for, or that are to be looked at before `wakeBefore`. */
export async function interruptedRuns(db: Queryable, wakeBefore: number): Promise<RunOfAccount[]> {
  return db
    .selectFrom('runs')
    .select(['id', 'account_id as accountId'])
    .where('is_settled', '=', 0)
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
    .where('runs.is_held', '=', 1)
    .execute()
}

/** Runs whose continue waits until their account is connected again. */
export async function heldRunIds(db: Queryable, accountId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('runs')
    .select('id')
    .where('account_id', '=', accountId)
    .where('is_held', '=', 1)
    .orderBy('created_at')
    .execute()
  return rows.map(row => row.id)
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
  const query = db.selectFrom('runs').select(expression => expression.fn.min('wake_at').as('at'))
  return (await query.executeTakeFirst())?.at ?? null
}

/** Remembers which run sent a message, so that its receipts find it. */
export async function rememberSentMessage(
  db: Queryable,
  sent: {
    accountId: number
    messageId: string
    runId: string
    chatId: number
    acceptedAt: number
    expectsReceipt: boolean
  },
): Promise<void> {
  await db
    .insertInto('sent_messages')
    .values({
      account_id: sent.accountId,
      message_id: sent.messageId,
      run_id: sent.runId,
      chat_id: sent.chatId,
      accepted_at: sent.acceptedAt,
      expects_receipt: sent.expectsReceipt ? 1 : 0,
    })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

export async function runOfMessage(
  db: Queryable,
  accountId: number,
  messageId: string,
): Promise<string | null> {
  const row = await db
    .selectFrom('sent_messages')
    .select('run_id')
    .where('account_id', '=', accountId)
    .where('message_id', '=', messageId)
    .executeTakeFirst()
  return row?.run_id ?? null
}

export async function rememberRunChat(
  db: Queryable,
  accountId: number,
  chatId: number,
  runId: string,
  startedAt: number,
): Promise<void> {
  await db
    .insertInto('run_chats')
    .values({ account_id: accountId, chat_id: chatId, run_id: runId, started_at: startedAt })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** The runs that wrote into a chat, the latest first. */
export async function runsOfChat(
  db: Queryable,
  accountId: number,
  chatId: number,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('run_chats')
    .select('run_id')
    .where('account_id', '=', accountId)
    .where('chat_id', '=', chatId)
    .orderBy('started_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map(row => row.run_id)
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

import type { Queryable } from './database.ts'
import { prepare, type Value } from './prepare.ts'
import type { Tables } from './schema.ts'

/**
 * Who may write into a chat: runs stand in a queue, and the first one sends. Leaving it is what tells
 * the next one.
 */

const join = prepare((db, value: Value<Omit<Tables['chat_queue'], 'seq'>>) =>
  db
    .insertInto('chat_queue')
    .values({
      account_id: value('account_id'),
      chat_id: value('chat_id'),
      run_id: value('run_id'),
    })
    .onConflict(conflict => conflict.doNothing()),
)

/** Joins the chat's queue, once. @returns whether it is this run's turn */
export async function joinChatQueue(
  db: Queryable,
  accountId: number,
  chatId: number,
  runId: string,
): Promise<boolean> {
  await join(db, { account_id: accountId, chat_id: chatId, run_id: runId })
  return (await firstInQueue(db, accountId, chatId)) === runId
}

const leave = prepare((db, value: Value<Omit<Tables['chat_queue'], 'seq'>>) =>
  db
    .deleteFrom('chat_queue')
    .where('account_id', '=', value('account_id'))
    .where('chat_id', '=', value('chat_id'))
    .where('run_id', '=', value('run_id')),
)

/** Leaves the chat's queue. @returns the run whose turn it is now */
export async function leaveChatQueue(
  db: Queryable,
  accountId: number,
  chatId: number,
  runId: string,
): Promise<string | null> {
  await leave(db, { account_id: accountId, chat_id: chatId, run_id: runId })
  return firstInQueue(db, accountId, chatId)
}

const queueOf = prepare((db, value: Value<{ accountId: number; chatId: number }>) =>
  db
    .selectFrom('chat_queue')
    .select(['run_id', 'seq'])
    .where('account_id', '=', value('accountId'))
    .where('chat_id', '=', value('chatId')),
)

async function firstInQueue(
  db: Queryable,
  accountId: number,
  chatId: number,
): Promise<string | null> {
  const [first] = (await queueOf(db, { accountId, chatId })).toSorted((a, b) => a.seq - b.seq)
  return first?.run_id ?? null
}

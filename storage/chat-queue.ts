import type { Queryable } from './database.ts'

/**
 * Who may write into a chat: runs stand in a queue, and the first one sends. Leaving it is what tells
 * the next one.
 */

/** Joins the chat's queue, once. @returns whether it is this run's turn */
export async function joinChatQueue(
  db: Queryable,
  accountId: number,
  chatId: number,
  runId: string,
): Promise<boolean> {
  await db
    .insertInto('chat_queue')
    .values({ account_id: accountId, chat_id: chatId, run_id: runId })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  return (await firstInQueue(db, accountId, chatId)) === runId
}

/** Leaves every queue but that of `exceptChatId`. @returns the runs whose turn it is now */
export async function leaveChatQueues(
  db: Queryable,
  accountId: number,
  runId: string,
  exceptChatId: number | null,
): Promise<string[]> {
  const left = await db
    .deleteFrom('chat_queue')
    .where('account_id', '=', accountId)
    .where('run_id', '=', runId)
    .$if(exceptChatId !== null, query => query.where('chat_id', '!=', exceptChatId ?? 0))
    .returning('chat_id')
    .execute()
  const next: string[] = []
  for (const { chat_id: chatId } of left) {
    const first = await firstInQueue(db, accountId, chatId)
    if (first !== null) next.push(first)
  }
  return next
}

async function firstInQueue(
  db: Queryable,
  accountId: number,
  chatId: number,
): Promise<string | null> {
  const row = await db
    .selectFrom('chat_queue')
    .select('run_id')
    .where('account_id', '=', accountId)
    .where('chat_id', '=', chatId)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  return row?.run_id ?? null
}

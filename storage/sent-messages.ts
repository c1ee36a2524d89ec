import type { Queryable } from './database.ts'
import { prepare, type Value } from './prepare.ts'
import type { Tables } from './schema.ts'

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

/** Forgets what made receipts, echoes and replies find a run: it ended so long ago that none will come. */
export async function forgetSent(
  db: Queryable,
  accountId: number,
  runId: string,
  sent: Readonly<{ messageIds: readonly string[]; chatIds: readonly number[] }>,
): Promise<void> {
  for (const messageId of sent.messageIds) {
    for (const table of ['sent_messages', 'receipts'] as const) {
      await db
        .deleteFrom(table)
        .where('account_id', '=', accountId)
        .where('message_id', '=', messageId)
        .execute()
    }
  }
  for (const chatId of sent.chatIds) {
    await db
      .deleteFrom('run_chats')
      .where('account_id', '=', accountId)
      .where('chat_id', '=', chatId)
      .where('run_id', '=', runId)
      .execute()
  }
}

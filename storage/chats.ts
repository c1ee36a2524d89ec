import type { Queryable } from './database.ts'
import { prepare, type Value } from './prepare.ts'
import type { Tables } from './schema.ts'

/** A one-to-one chat of the local index. Phones are E.164 with `+`, usernames lower-case without `@`. */
export type Chat = {
  chatId: number
  connectionId: number
  phone: string | null
  username: string | null
  lastActiveAt: number
  lastInboundAt: number | null
}

const upsertRow = prepare((db, value: Value<Tables['chats']>) =>
  db
    .insertInto('chats')
    .values({
      account_id: value('account_id'),
      chat_id: value('chat_id'),
      connection_id: value('connection_id'),
      phone: value('phone'),
      username: value('username'),
      last_active_at: value('last_active_at'),
      last_inbound_at: value('last_inbound_at'),
    })
    .onConflict(conflict =>
      conflict.columns(['account_id', 'chat_id']).doUpdateSet(expression => ({
        connection_id: expression.ref('excluded.connection_id'),
        phone: expression.fn.coalesce('excluded.phone', 'chats.phone'),
        username: expression.fn.coalesce('excluded.username', 'chats.username'),
        last_active_at: expression
          .case()
          .when('excluded.last_active_at', '>', expression.ref('chats.last_active_at'))
          .then(expression.ref('excluded.last_active_at'))
          .else(expression.ref('chats.last_active_at'))
          .end(),
        last_inbound_at: expression.fn.coalesce(
          'excluded.last_inbound_at',
          'chats.last_inbound_at',
        ),
      })),
    ),
)

/** Stores what is known of a chat; what an update does not know stays. */
export async function upsertChat(db: Queryable, accountId: number, chat: Chat): Promise<void> {
  await upsertRow(db, {
    account_id: accountId,
    chat_id: chat.chatId,
    connection_id: chat.connectionId,
    phone: chat.phone,
    username: chat.username,
    last_active_at: chat.lastActiveAt,
    last_inbound_at: chat.lastInboundAt,
  })
}

const chatsOfPhone = prepare((db, value: Value<{ accountId: number; address: string }>) =>
  db
    .selectFrom('chats')
    .selectAll()
    .where('account_id', '=', value('accountId'))
    .where('phone', '=', value('address')),
)
const chatsOfUsername = prepare((db, value: Value<{ accountId: number; address: string }>) =>
  db
    .selectFrom('chats')
    .selectAll()
    .where('account_id', '=', value('accountId'))
    .where('username', '=', value('address')),
)

/** The chats of these phones and usernames, the latest activity first. */
export async function findChats(
  db: Queryable,
  accountId: number,
  addresses: Readonly<{ phones: readonly string[]; usernames: readonly string[] }>,
): Promise<Chat[]> {
  const found = new Map<number, Chat>()
  for (const [query, values] of [
    [chatsOfPhone, addresses.phones],
    [chatsOfUsername, addresses.usernames],
  ] as const) {
    const rows = await Promise.all(values.map(address => query(db, { accountId, address })))
    for (const row of rows.flat()) {
      found.set(row.chat_id, {
        chatId: row.chat_id,
        connectionId: row.connection_id,
        phone: row.phone,
        username: row.username,
        lastActiveAt: row.last_active_at,
        lastInboundAt: row.last_inbound_at,
      })
    }
  }
  return [...found.values()].toSorted((a, b) => b.lastActiveAt - a.lastActiveAt)
}

/** Forgets the chats of these phones and usernames. */
export async function deleteChatsOf(
  db: Queryable,
  accountId: number,
  addresses: Readonly<{ phones: readonly string[]; usernames: readonly string[] }>,
): Promise<void> {
  for (const [column, values] of [
    ['phone', addresses.phones],
    ['username', addresses.usernames],
  ] as const) {
    if (values.length === 0) continue
    await db
      .deleteFrom('chats')
      .where('account_id', '=', accountId)
      .where(column, 'in', values)
      .execute()
  }
}

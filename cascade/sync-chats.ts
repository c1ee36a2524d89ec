import { normalisePhone, normaliseUsername } from '../integrations/kommo/addresses.ts'
import type { RadistAccess, RadistFailure } from '../integrations/radist/client.ts'
import type { Account } from '../storage/accounts.ts'
import { upsertChat } from '../storage/chats.ts'
import type { Services } from './services.ts'

/**
 * Reads all chats into the index, a page at a time, and remembers after each page where to go on: with a
 * page a second, a million chats take hours, and no stop of ours begins them anew.
 */
export async function syncChats(
  { accounts, clock, database, radist, transact }: Services,
  { id }: Pick<Account, 'id'>,
  access: RadistAccess,
): Promise<RadistFailure | null> {
  const account = await accounts.find(database, id)
  if (!account) return null
  const { country } = account
  let cursor = account.syncCursor
  let count = cursor === null ? 0 : await accounts.syncCount(database, id)
  await accounts.update(database, id, { sync_stage: 'chats', sync_count: count })
  do {
    const page = await radist.chatsPage(access, cursor)
    if (!page.ok) {
      // A place that Radist does not know any more: the next try begins from the start.
      const isCursorBad = cursor !== null && page.failure.code === 'unexpected_answer'
      await accounts.update(database, id, {
        sync_stage: null,
        ...(isCursorBad ? { sync_cursor: null } : {}),
      })
      return page.failure
    }
    const { chats, nextCursor } = page.value
    cursor = nextCursor === cursor ? null : nextCursor
    count += chats.length
    await transact(id, async db => {
      for (const chat of chats) {
        await upsertChat(db, id, {
          ...chat,
          phone: chat.phone && normalisePhone(chat.phone, country),
          username: chat.username && normaliseUsername(chat.username),
          lastInboundAt: null,
        })
      }
      await accounts.update(db, id, { sync_count: count, sync_cursor: cursor })
    })
  } while (cursor !== null)
  const now = clock.now()
  await accounts.update(database, id, {
    sync_stage: null,
    radist_synced_at: now,
    chats_synced_at: now,
  })
  return null
}

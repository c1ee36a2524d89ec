import { deleteChatsOf } from '../storage/chats.ts'
import { rememberErasure, runsOfContact } from '../storage/contacts.ts'
import { eraseRun, findRun } from '../storage/runs.ts'
import type { Engine } from './engine.ts'
import type { Services } from './services.ts'

/**
 * Erases what we know of a contact: open runs end and let their bots go on, the texts, names and
 * addresses of all its runs go, and so do its chats in the index.
 * @returns how many runs held something of it
 */
export async function eraseContact(
  { clock, database, transact }: Services,
  engine: Engine,
  accountId: number,
  contactId: number,
): Promise<number> {
  const runIds = await transact(accountId, async transaction => {
    await rememberErasure(transaction, accountId, contactId, clock.now())
    return runsOfContact(transaction, accountId, contactId)
  })
  for (const id of runIds) {
    const stored = await findRun(database, id)
    const { phones = [], usernames = [] } = stored?.run.gathered ?? {}
    // First what the run knows, which ends it; then what is stored beside it.
    await engine.tell({ id, accountId }, { type: 'contact_erased' })
    await transact(accountId, async transaction => {
      await deleteChatsOf(transaction, accountId, { phones, usernames })
      await eraseRun(transaction, accountId, id)
    })
  }
  return runIds.length
}

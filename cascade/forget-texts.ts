import { eraseRun, findRun, runsToForget } from '../storage/runs.ts'
import { forgetSent } from '../storage/sent-messages.ts'
import type { Engine } from './engine.ts'
import type { Services } from './services.ts'

/** So many at a time: what else is to be done has its turn in between. */
const AT_ONCE = 100

/**
 * Erases the texts, names and addresses of runs that ended longer ago than their account keeps them, and
 * what their late receipts would be found by.
 */
export async function forgetTexts(
  { clock, database, transact }: Pick<Services, 'clock' | 'database' | 'transact'>,
  engine: Pick<Engine, 'tell'>,
): Promise<void> {
  for (const { id, accountId } of await runsToForget(database, clock.now(), AT_ONCE)) {
    await engine.tell({ id, accountId }, { type: 'texts_expired' })
    const { attempts } = (await findRun(database, id))?.run ?? { attempts: [] }
    const messageIds = attempts.flatMap(attempt => attempt.parts.map(part => part.messageId))
    await transact(accountId, async db => {
      await eraseRun(db, accountId, id)
      await forgetSent(db, accountId, id, {
        messageIds: messageIds.filter(messageId => messageId !== undefined),
        chatIds: attempts.map(attempt => attempt.chatId),
      })
    })
  }
}

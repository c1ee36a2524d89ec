import { isStorageFailure } from '../storage/failures.ts'
import { eraseRun, findRun, runsToForget } from '../storage/runs.ts'
import { forgetSent } from '../storage/sent-messages.ts'
import type { RunOfAccount } from './core/take-turns.ts'
import type { Engine } from './engine.ts'
import type { Services } from './services.ts'

/** So many at a time: what else is to be done has its turn in between. */
const AT_ONCE = 100

/**
 * Erases the texts, names and addresses of runs that ended longer ago than their account keeps them, and
 * what their late receipts would be found by. One that cannot be read stays, and holds up no other.
 * @returns whether there is more to erase
 */
export async function forgetTexts(
  services: Pick<Services, 'clock' | 'database' | 'log' | 'transact'>,
  engine: Pick<Engine, 'tell'>,
): Promise<boolean> {
  const { clock, database, log } = services
  const runs = await runsToForget(database, clock.now(), AT_ONCE)
  let forgotten = 0
  for (const run of runs) {
    try {
      await forget(services, engine, run)
      forgotten += 1
    } catch (error) {
      if (isStorageFailure(error)) throw error
      log.error({ run: run.id, err: error }, 'texts not erased')
    }
  }
  return runs.length === AT_ONCE && forgotten > 0
}

async function forget(
  { database, transact }: Pick<Services, 'database' | 'transact'>,
  engine: Pick<Engine, 'tell'>,
  { id, accountId }: RunOfAccount,
): Promise<void> {
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

import { eraseRun, runsToForget } from '../storage/runs.ts'
import type { Engine } from './engine.ts'
import type { Services } from './services.ts'

/** So many at a time: what else is to be done has its turn in between. */
const AT_ONCE = 100

/** Erases the texts, names and addresses of runs that ended longer ago than their account keeps them. */
export async function forgetTexts(
  { clock, database, transact }: Pick<Services, 'clock' | 'database' | 'transact'>,
  engine: Pick<Engine, 'tell'>,
): Promise<void> {
  for (const { id, accountId } of await runsToForget(database, clock.now(), AT_ONCE)) {
    await engine.tell({ id, accountId }, { type: 'texts_expired' })
    await transact(accountId, transaction => eraseRun(transaction, accountId, id))
  }
}

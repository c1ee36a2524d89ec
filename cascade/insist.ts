import { isStorageFailure } from '../storage/failures.ts'
import { backoffMs } from './core/backoff.ts'
import type { Services } from './services.ts'

const PAUSE_MAX_MS = 5000

/**
 * What nobody would ask or tell again: while the database does not answer, it is tried again.
 * @throws what is no failure of the database's: a bug of ours
 */
export async function insist<T>(
  { clock, log }: Pick<Services, 'clock' | 'log'>,
  work: () => Promise<T>,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isStorageFailure(error)) throw error
      log.error({ err: error }, 'the database does not answer')
      await clock.sleepUntil(clock.now() + Math.min(PAUSE_MAX_MS, backoffMs(tries)))
    }
  }
}

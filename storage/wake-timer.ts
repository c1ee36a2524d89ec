import type { Logger } from 'pino'
import type { Clock } from '../cascade/core/clock.ts'
import type { WakeUps } from '../cascade/core/wake-ups.ts'
import type { Database } from './database.ts'
import { dueRuns, nextWakeAt } from './runs.ts'

const BATCH = 5000
/** While the database cannot be read. */
const TRY_AGAIN_MS = 1000

/** One timer for the earliest run of a database that no other process works on. */
export function createWakeTimer(of: { clock: Clock; database: Database; log: Logger }): WakeUps {
  const { clock, database, log } = of
  let wake: Parameters<WakeUps['start']>[0] | null = null
  let cancel = (): void => undefined
  let timerAt = Number.POSITIVE_INFINITY

  function stored(wakeAt: number): void {
    if (!wake || wakeAt >= timerAt) return
    cancel()
    timerAt = wakeAt
    cancel = clock.callAt(wakeAt, () => {
      timerAt = Number.POSITIVE_INFINITY
      wakeDueRuns().catch((error: unknown) => {
        log.error({ err: error }, 'waking runs failed')
        stored(clock.now() + TRY_AGAIN_MS)
      })
    })
  }

  async function wakeDueRuns(): Promise<void> {
    await wake?.(await dueRuns(database, clock.now(), BATCH))
    await lookAhead()
  }

  async function lookAhead(): Promise<void> {
    const at = await nextWakeAt(database)
    if (at !== null) stored(at)
  }

  return {
    async start(callback) {
      wake = callback
      await lookAhead()
    },
    stored,
    async stop() {
      wake = null
      cancel()
    },
  }
}

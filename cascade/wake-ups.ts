import { dueRuns, nextWakeAt, type RunOfAccount } from '../storage/runs.ts'
import type { Database } from '../storage/database.ts'
import type { Clock } from './core/clock.ts'
import type { Logger } from 'pino'

/** Brings runs back when they are due. */
export type WakeUps = {
  /** @param wake told of runs that are due, until `stop` */
  start(wake: (runs: readonly RunOfAccount[]) => Promise<void>): Promise<void>
  /** A run that is due at `wakeAt` has been stored. */
  stored(wakeAt: number): void
  stop(): Promise<void>
}

const BATCH = 5000

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
      wakeDueRuns().catch((error: unknown) => log.error({ err: error }, 'waking runs failed'))
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

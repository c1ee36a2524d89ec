import type { Clock } from '../../cascade/core/clock.ts'
import type { Limiter } from '../limiter.ts'
import type { Answer } from '../request.ts'

/**
 * What stands above the limits of the single accounts, for our own address: a cap for all requests
 * together, and a pause when Kommo blocks us. After too many 429 Kommo answers 403 to everything
 * (Kommo server side, section 3), and whoever keeps asking stays blocked.
 */
export type Gate = {
  /** @returns false while we are blocked: nothing is to leave */
  enter(): Promise<boolean>
  saw(answer: Answer): void
}

/** So many 403 in a row, with nothing else between them, are a block and not one account's rights. */
const REFUSALS = 5
const PAUSE_MS = 60_000
const PAUSE_MAX_MS = 15 * 60_000

export function createGate(clock: Clock, limiter: Limiter, perSecond: number): Gate {
  // Two at once after a rest, so one less in between.
  const rate = { intervalMs: 1000 / Math.max(1, perSecond - 1), extra: 1 }
  let refusals = 0
  let pauses = 0
  let closedUntil = 0
  return {
    async enter() {
      if (clock.now() < closedUntil) return false
      await limiter('kommo', rate)
      return clock.now() >= closedUntil
    },
    saw(answer) {
      if (answer.kind !== 'answer') return
      if (answer.status !== 403) {
        refusals = 0
        pauses = 0
        return
      }
      refusals += 1
      if (refusals < REFUSALS) return
      closedUntil = clock.now() + Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** pauses)
      pauses += 1
      // The first request after the pause tells whether it is over.
      refusals = REFUSALS - 1
    },
  }
}

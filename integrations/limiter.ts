import type { Database } from '../storage/database.ts'
import { takeSlot } from '../storage/limiters.ts'
import type { Clock } from '../cascade/core/clock.ts'

/** Waits for this account's next free slot at a host. */
export type Limiter = (key: string, intervalMs: number) => Promise<void>

export function createLimiter(database: Database, clock: Clock): Limiter {
  return async function waitForSlot(key, intervalMs) {
    const now = clock.now()
    const slot = await takeSlot(database, key, intervalMs, now)
    if (slot > now) await clock.sleepUntil(slot)
  }
}

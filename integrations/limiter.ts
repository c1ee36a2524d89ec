import type { Transact } from '../storage/group-commit.ts'
import { takeSlot, type Rate } from '../storage/limiters.ts'
import type { Clock } from '../cascade/core/clock.ts'

/** Waits for this account's next free slot at a host. @returns whether it had to wait */
export type Limiter = (key: string, rate: Rate) => Promise<boolean>

export function createLimiter(transact: Transact, clock: Clock): Limiter {
  return async function waitForSlot(key, rate) {
    const now = clock.now()
    const slot = await transact(transaction => takeSlot(transaction, key, rate, now))
    if (slot <= now) return false
    await clock.sleepUntil(slot)
    return true
  }
}

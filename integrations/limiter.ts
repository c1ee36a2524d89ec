import type { Clock } from '../cascade/core/clock.ts'

/**
 * `intervalMs` stands between two requests; after a rest, `extra` more may follow the first at once.
 * In any second there are then at most `1000 / intervalMs + extra`.
 */
export type Rate = { intervalMs: number; extra: number }

/** Waits for the next free slot of a key, an account at a host. @returns whether it had to wait */
export type Limiter = (key: string, rate: Rate) => Promise<boolean>

/** Keys that have rested are forgotten when there are this many. */
const KEYS_MAX = 10_000

/** The limiters of one process: `next = max(now, next) + interval`, so that they never burst. */
export function createLimiter(clock: Clock): Limiter {
  const nextAt = new Map<string, number>()

  function takeSlot(key: string, { intervalMs, extra }: Rate, now: number): number {
    const next = Math.max(now, nextAt.get(key) ?? 0) + intervalMs
    nextAt.set(key, next)
    return Math.max(now, next - (1 + extra) * intervalMs)
  }

  function forgetRested(now: number): void {
    for (const [key, at] of nextAt) if (at <= now) nextAt.delete(key)
  }

  return async function waitForSlot(key, rate) {
    const now = clock.now()
    if (nextAt.size >= KEYS_MAX) forgetRested(now)
    const slot = takeSlot(key, rate, now)
    if (slot <= now) return false
    await clock.sleepUntil(slot)
    return true
  }
}

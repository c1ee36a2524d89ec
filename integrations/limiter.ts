import type { Clock } from '../cascade/core/clock.ts'

/**
 * `intervalMs` stands between two requests; after a rest, `extra` more may follow the first at once.
 * In any second there are then at most `1000 / intervalMs + extra`.
 */
export type Rate = { intervalMs: number; extra: number }

/** What reads whole lists stands back for what somebody waits for. */
export type Urgency = 'urgent' | 'background'

/** Waits for the next free slot of a key, an account at a host. @returns whether it had to wait */
export type Limiter = (key: string, rate: Rate, urgency?: Urgency) => Promise<boolean>

/** Told of requests that wait, by the first word of their key, and of how long each waited. */
export type Watcher = {
  waits: (service: string) => void
  goes: (service: string, waitedMs: number) => void
}

/** Background work stands back this long, then it queues like all others: it must come to an end, too. */
const STANDS_BACK_MS = 60_000

/** Keys that have rested are forgotten when there are this many. */
const KEYS_MAX = 10_000

/** The limiters of one process: `next = max(now, next) + interval`, so that they never burst. */
export function createLimiter(clock: Clock, watcher?: Watcher): Limiter {
  const nextAt = new Map<string, number>()

  function takeSlot(key: string, { intervalMs, extra }: Rate, now: number): number {
    const next = Math.max(now, nextAt.get(key) ?? 0) + intervalMs
    nextAt.set(key, next)
    return Math.max(now, next - (1 + extra) * intervalMs)
  }

  function forgetRested(now: number): void {
    for (const [key, at] of nextAt) if (at <= now) nextAt.delete(key)
  }

  /** Until nobody stands in the queue. */
  async function standBack(key: string): Promise<void> {
    const until = clock.now() + STANDS_BACK_MS
    for (;;) {
      const next = nextAt.get(key) ?? 0
      const now = clock.now()
      if (next <= now || now >= until) return
      await clock.sleepUntil(Math.min(next, until))
    }
  }

  return async function waitForSlot(key, rate, urgency = 'urgent') {
    const cameAt = clock.now()
    const service = key.split(':')[0] ?? key
    watcher?.waits(service)
    if (urgency === 'background') await standBack(key)
    const now = clock.now()
    if (nextAt.size >= KEYS_MAX) forgetRested(now)
    const slot = takeSlot(key, rate, now)
    if (slot > now) await clock.sleepUntil(slot)
    watcher?.goes(service, Math.max(0, slot - cameAt))
    return slot > cameAt
  }
}

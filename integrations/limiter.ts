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

/** Whoever waited no longer than this did not wait. */
const AT_ONCE_MS = 5

/** Keys that have rested are forgotten when there are this many. */
const KEYS_MAX = 10_000

/** Where the slots of keys are kept: `next = max(now, next) + interval`, so that they never burst. */
export type Slots = {
  /** Takes the key's next slot. @returns how long it is until then */
  take(key: string, rate: Rate): Promise<{ waitMs: number }> | { waitMs: number }
  /** @returns how long somebody stands in the key's queue */
  look(key: string): Promise<{ waitMs: number }> | { waitMs: number }
}

/** Requests leave when their slot has come. @param slots of one process in memory, or shared by several */
export function createLimiter(
  clock: Clock,
  watcher?: Watcher,
  slots: Slots = slotsInMemory(clock),
): Limiter {
  /** Until nobody stands in the queue. */
  async function standBack(key: string): Promise<void> {
    const until = clock.now() + STANDS_BACK_MS
    for (;;) {
      const { waitMs } = await slots.look(key)
      const now = clock.now()
      if (waitMs <= 0 || now >= until) return
      await clock.sleepUntil(Math.min(now + waitMs, until))
    }
  }

  return async function waitForSlot(key, rate, urgency = 'urgent') {
    const cameAt = clock.now()
    const service = key.split(':')[0] ?? key
    watcher?.waits(service)
    try {
      if (urgency === 'background') await standBack(key)
      const { waitMs } = await slots.take(key, rate)
      if (waitMs > 0) await clock.sleepUntil(clock.now() + waitMs)
      return waitMs > 0 || clock.now() - cameAt > AT_ONCE_MS
    } finally {
      watcher?.goes(service, Math.max(0, clock.now() - cameAt))
    }
  }
}

/** The slots of one process. */
function slotsInMemory(clock: Clock): Slots {
  const nextAt = new Map<string, number>()

  function forgetRested(now: number): void {
    for (const [key, at] of nextAt) if (at <= now) nextAt.delete(key)
  }

  return {
    take(key, { intervalMs, extra }) {
      const now = clock.now()
      if (nextAt.size >= KEYS_MAX) forgetRested(now)
      const next = Math.max(now, nextAt.get(key) ?? 0) + intervalMs
      nextAt.set(key, next)
      return { waitMs: Math.max(0, next - (1 + extra) * intervalMs - now) }
    },
    look: key => ({ waitMs: Math.max(0, (nextAt.get(key) ?? 0) - clock.now()) }),
  }
}

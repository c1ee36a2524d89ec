import type { Clock } from '../cascade/core/clock.ts'

/** setTimeout takes 32 bits of milliseconds: longer waits are cut and looked at again. */
const TIMER_MAX_MS = 2 ** 31 - 1
/** A jump of the machine's clock is followed this fast: a deadline of a minute moves by 7 s at most. */
const FOLLOW = 0.1

/** The machine's clock, without its jumps. `wall` and `monotonic` are in milliseconds. */
export function createSystemClock(
  wall: () => number = Date.now,
  monotonic: () => number = () => performance.now(),
): Clock {
  let time = wall()
  let seenAt = monotonic()

  function now(): number {
    const elapsed = monotonic() - seenAt
    seenAt += elapsed
    time += elapsed
    const most = elapsed * FOLLOW
    time += Math.max(-most, Math.min(most, wall() - time))
    return Math.floor(time)
  }

  function callAt(at: number, callback: () => void): () => void {
    let timer: NodeJS.Timeout
    const look = () => {
      const waitMs = at - now()
      if (waitMs <= 0) callback()
      else timer = setTimeout(look, Math.min(TIMER_MAX_MS, waitMs))
    }
    // Never at once: the caller has not got its way to cancel yet.
    timer = setTimeout(look, Math.max(0, Math.min(TIMER_MAX_MS, at - now())))
    return () => clearTimeout(timer)
  }

  const sleepUntil = (at: number) =>
    new Promise<void>(resolve => {
      callAt(at, resolve)
    })
  return { now, callAt, sleepUntil }
}

export const systemClock = createSystemClock()

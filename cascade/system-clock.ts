import type { Clock } from './core/clock.ts'

/** setTimeout takes 32 bits of milliseconds: longer waits are cut and looked at again. */
const TIMER_MAX_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  sleepUntil: at =>
    new Promise(resolve => {
      systemClock.callAt(at, resolve)
    }),
  callAt(at, callback) {
    let timer: NodeJS.Timeout
    const arm = () => {
      const waitMs = at - Date.now()
      timer =
        waitMs > TIMER_MAX_MS
          ? setTimeout(arm, TIMER_MAX_MS)
          : setTimeout(callback, Math.max(0, waitMs))
    }
    arm()
    return () => clearTimeout(timer)
  },
}

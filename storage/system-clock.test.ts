import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSystemClock } from './system-clock.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 3600_000

describe('the machine’s clock', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([5, -5])(
    'D9 jumps by %i minutes: a deadline of one minute moves by seven seconds at most',
    minutes => {
      let jumpMs = 0
      const clock = createSystemClock(() => Date.now() + jumpMs)
      const deadline = clock.now() + MINUTE_MS
      const startedAt = performance.now()
      let firedAfterMs = 0
      clock.callAt(deadline, () => {
        firedAfterMs = performance.now() - startedAt
      })
      vi.advanceTimersByTime(10_000)
      jumpMs = minutes * MINUTE_MS
      vi.advanceTimersByTime(2 * MINUTE_MS)
      expect(firedAfterMs).toBeGreaterThan(MINUTE_MS - 7000)
      expect(firedAfterMs).toBeLessThan(MINUTE_MS + 7000)
      // It does follow: after an hour it shows the machine's time again.
      vi.advanceTimersByTime(60 * MINUTE_MS)
      clock.now()
      expect(clock.now()).toBe(Date.now() + jumpMs)
    },
  )

  it('D9 never runs backwards', () => {
    let jumpMs = 0
    const clock = createSystemClock(() => Date.now() + jumpMs)
    let last = clock.now()
    for (let second = 0; second < 100; second++) {
      if (second === 50) jumpMs = -DAY_MS
      vi.advanceTimersByTime(1000)
      expect(clock.now()).toBeGreaterThanOrEqual(last)
      last = clock.now()
    }
  })

  it('D10 a deadline in 30 days is not due at once, and is due then', () => {
    const clock = createSystemClock()
    const due = vi.fn<() => void>()
    clock.callAt(clock.now() + 30 * DAY_MS, due)
    vi.advanceTimersByTime(29 * DAY_MS)
    expect(due).not.toHaveBeenCalled()
    vi.advanceTimersByTime(DAY_MS)
    expect(due).toHaveBeenCalledOnce()
  })

  it('calls nothing that was cancelled', () => {
    const clock = createSystemClock()
    const due = vi.fn<() => void>()
    clock.callAt(clock.now() + 1000, due)()
    vi.advanceTimersByTime(2000)
    expect(due).not.toHaveBeenCalled()
  })
})

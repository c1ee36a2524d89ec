import { describe, expect, it } from 'vitest'
import { SimClock } from '../cascade/simulation/sim-clock.ts'
import { createLimiter, type Rate } from './limiter.ts'

/** When requests leave that come at these times. */
async function leaveTimes(rate: Rate, comeAt: readonly number[]): Promise<number[]> {
  const clock = new SimClock(() => false)
  const limiter = createLimiter(clock)
  const left: number[] = []
  for (const at of comeAt) {
    clock.callAt(at, () => void limiter('account', rate).then(() => left.push(clock.now())))
  }
  await clock.runUntil(60_000)
  return left
}

describe('a limiter', () => {
  it('lets requests leave one interval apart, and does not burst after a rest', async () => {
    const left = await leaveTimes({ intervalMs: 200, extra: 0 }, [0, 0, 0, 10_000, 10_000])
    expect(left).toEqual([0, 200, 400, 10_000, 10_200])
  })

  it('R7 lets an extra request follow at once, and never passes the rate in any second', async () => {
    const burst = Array.from({ length: 40 }, () => 2100)
    const left = await leaveTimes({ intervalMs: 170, extra: 1 }, [0, 0, 0, 30, 700, 2000, ...burst])
    expect(left).toHaveLength(46)
    expect(left.slice(0, 3)).toEqual([0, 0, 170])
    for (const from of left) {
      expect(left.filter(at => at >= from && at < from + 1000).length).toBeLessThanOrEqual(7)
    }
  })

  it('background work stands back for what somebody waits for, and comes to its turn all the same', async () => {
    const clock = new SimClock(() => false)
    const limiter = createLimiter(clock)
    const rate = { intervalMs: 1000, extra: 0 }
    const left: string[] = []
    const ask = (name: string, urgency: 'urgent' | 'background') =>
      void limiter('account', rate, urgency).then(() => left.push(`${name} ${clock.now()}`))
    ask('first', 'urgent')
    ask('sync', 'background')
    ask('second', 'urgent')
    clock.callAt(900, () => ask('third', 'urgent'))
    await clock.runUntil(10_000)
    expect(left).toEqual(['first 0', 'second 1000', 'third 2000', 'sync 3000'])
    // A flood that never ends: after a minute it queues like all others.
    left.length = 0
    for (let at = 10_000; at < 200_000; at += 500) clock.callAt(at, () => ask('flood', 'urgent'))
    clock.callAt(10_001, () => ask('sync', 'background'))
    await clock.runUntil(400_000)
    expect(left.find(one => one.startsWith('sync'))).toBeDefined()
  })

  it('keeps keys apart', async () => {
    const limiter = createLimiter(new SimClock(() => false))
    const rate = { intervalMs: 1000, extra: 0 }
    expect(await limiter('a', rate)).toBe(false)
    expect(await limiter('b', rate)).toBe(false)
  })
})

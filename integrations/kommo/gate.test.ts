import { describe, expect, it } from 'vitest'
import { SimClock } from '../../cascade/simulation/sim-clock.ts'
import { createLimiter } from '../limiter.ts'
import type { Answer } from '../request.ts'
import { createGate } from './gate.ts'

const answer = (status: number): Answer => ({
  kind: 'answer',
  status,
  body: null,
  retryAfterMs: null,
})

describe('the gate above all accounts', () => {
  it('lets no more requests leave in a second than our address may make', async () => {
    const clock = new SimClock(() => false)
    const gate = createGate(clock, createLimiter(clock), 10)
    const left: number[] = []
    for (let index = 0; index < 100; index++) {
      void gate.enter().then(() => left.push(clock.now()))
    }
    await clock.runUntil(60_000)
    expect(left).toHaveLength(100)
    for (const from of left) {
      expect(left.filter(at => at >= from && at < from + 1000).length).toBeLessThanOrEqual(10)
    }
  })

  it('closes when Kommo answers 403 to everything, and looks again later and later', async () => {
    const clock = new SimClock(() => false)
    const gate = createGate(clock, async () => false, 10)
    for (let index = 0; index < 4; index++) gate.saw(answer(403))
    expect(await gate.enter()).toBe(true)
    gate.saw(answer(403))
    expect(await gate.enter()).toBe(false)
    await clock.runUntil(60_000)
    expect(await gate.enter()).toBe(true)
    // Still blocked: one request was enough to learn it.
    gate.saw(answer(403))
    await clock.runUntil(121_000)
    expect(await gate.enter()).toBe(false)
    await clock.runUntil(181_000)
    expect(await gate.enter()).toBe(true)
    gate.saw(answer(200))
    gate.saw(answer(403))
    expect(await gate.enter()).toBe(true)
  })

  it('stays open for one account’s rights: others are answered in between', async () => {
    const gate = createGate(new SimClock(() => false), async () => false, 10)
    for (let index = 0; index < 20; index++) {
      gate.saw(answer(403))
      if (index % 3 === 0) gate.saw(answer(200))
    }
    expect(await gate.enter()).toBe(true)
  })
})

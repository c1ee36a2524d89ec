import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundOf, countOf, percentileMs, suggestedWaitSeconds } from './delivery-times.ts'

function timesOf(all: readonly number[]): Map<number, number> {
  const times = new Map<number, number>()
  for (const ms of all) times.set(boundOf(ms), (times.get(boundOf(ms)) ?? 0) + 1)
  return times
}
const repeated = (count: number, ms: number) => Array.from({ length: count }, () => ms)

describe('percentiles of delivery times', () => {
  it('are as near to the true ones as the bounds are to each other', () => {
    const seconds = fc.double({ min: 0.001, max: 600, noNaN: true })
    fc.assert(
      fc.property(fc.array(seconds, { minLength: 1, maxLength: 200 }), all => {
        const ms = all.map(one => one * 1000).toSorted((a, b) => a - b)
        for (const share of [0.5, 0.9, 0.99]) {
          const index = Math.max(0, Math.ceil(ms.length * share) - 1)
          const found = percentileMs(timesOf(ms), share) ?? 0
          // Both lie between the same two bounds.
          expect(boundOf(found)).toBe(boundOf(ms[index] ?? 0))
        }
      }),
    )
  })

  it('are not there without deliveries', () => {
    expect(percentileMs(new Map(), 0.5)).toBeNull()
  })

  it('count whatever is slower than a week as a week', () => {
    expect(countOf(timesOf([1e12]))).toBe(1)
    expect(percentileMs(timesOf([1e12]), 0.5)).toBeGreaterThan(86_400_000)
  })
})

describe('the suggested wait', () => {
  it('is what 98 of 100 deliveries keep to, rounded up', () => {
    const times = timesOf([...repeated(980, 4000), ...repeated(20, 500_000)])
    expect(suggestedWaitSeconds(times, 60)).toBe(10)
  })

  it('is longer than the present one when late deliveries show that this is too short', () => {
    const times = timesOf([...repeated(60, 4000), ...repeated(40, 80_000)])
    expect(suggestedWaitSeconds(times, 60)).toBe(90)
  })

  it('is not there for the present wait, nor from a few deliveries', () => {
    expect(suggestedWaitSeconds(timesOf(repeated(500, 9000)), 10)).toBeNull()
    expect(suggestedWaitSeconds(timesOf(repeated(29, 4000)), 60)).toBeNull()
    expect(suggestedWaitSeconds(timesOf(repeated(30, 4000)), 60)).toBe(10)
  })
})

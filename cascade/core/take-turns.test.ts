import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { takeTurns } from './take-turns.ts'

const work = fc.array(fc.record({ accountId: fc.integer({ min: 1, max: 5 }), id: fc.nat() }))

describe('taking turns', () => {
  it('R5 puts a single piece of work before the second piece of a flood', () => {
    const flood = Array.from({ length: 1000 }, (_, id) => ({ accountId: 1, id }))
    const ordered = takeTurns([...flood, { accountId: 2, id: 7 }])
    expect(ordered[1]).toEqual({ accountId: 2, id: 7 })
    expect(ordered).toHaveLength(1001)
  })

  it('loses nothing, and keeps each account’s own order', () => {
    fc.assert(
      fc.property(work, all => {
        const ordered = takeTurns(all)
        expect(ordered).toHaveLength(all.length)
        for (const accountId of [1, 2, 3, 4, 5]) {
          const own = (list: typeof all) => list.filter(one => one.accountId === accountId)
          expect(own(ordered)).toEqual(own(all))
        }
      }),
    )
  })
})

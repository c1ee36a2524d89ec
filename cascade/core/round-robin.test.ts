import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextInTurn } from './round-robin.ts'

type Candidate = { connectionId: number; lastTurn: number }

function pick(candidates: Candidate[]): number {
  const picked = nextInTurn(candidates)
  if (!picked) throw new Error('nobody was picked')
  picked.lastTurn = Math.max(...candidates.map(candidate => candidate.lastTurn)) + 1
  return picked.connectionId
}

describe('round robin', () => {
  it('picks nobody of nobody', () => {
    expect(nextInTurn([])).toBeUndefined()
  })

  it('differs by one pick at most over a constant set', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 200 }),
        (size, picks) => {
          const set = Array.from({ length: size }, (_, index) => ({
            connectionId: index,
            lastTurn: 0,
          }))
          const counts = new Map(set.map(one => [one.connectionId, 0]))
          for (let turn = 0; turn < picks; turn++) {
            const id = pick(set)
            counts.set(id, (counts.get(id) ?? 0) + 1)
          }
          expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  it('gives a newcomer its turn, and no backlog', () => {
    const set = [
      { connectionId: 1, lastTurn: 100 },
      { connectionId: 2, lastTurn: 101 },
      { connectionId: 3, lastTurn: 101 },
    ]
    expect([pick(set), pick(set), pick(set), pick(set)]).toEqual([1, 2, 3, 1])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cascadeDifferences, type CascadeState } from './cascade-difference.ts'

const cascade = (...types: string[]): CascadeState =>
  types.map(type => ({
    type,
    isOn: true,
    waitSeconds: 60,
    success: 'delivered',
    connections: [
      { connectionId: 1, ticked: true },
      { connectionId: 2, ticked: false },
    ],
  }))

describe('what is different between two cascades', () => {
  it('is nothing between the same ones', () => {
    expect(cascadeDifferences(cascade('a', 'b'), cascade('a', 'b'))).toEqual([])
  })

  it('names the one messenger that was moved, not those that made room', () => {
    expect(cascadeDifferences(cascade('a', 'b', 'c', 'd'), cascade('d', 'a', 'b', 'c'))).toEqual([
      { kind: 'moved', messenger: 'd', from: 4, to: 1 },
    ])
    expect(cascadeDifferences(cascade('a', 'b', 'c', 'd'), cascade('b', 'c', 'a', 'd'))).toEqual([
      { kind: 'moved', messenger: 'a', from: 1, to: 3 },
    ])
  })

  it('names switches, waits, successes and ticks', () => {
    const [first] = cascade('a')
    const after = [
      {
        ...first,
        type: 'a',
        isOn: false,
        waitSeconds: 90,
        success: 'read' as const,
        connections: [
          { connectionId: 1, ticked: false },
          { connectionId: 2, ticked: true },
        ],
      },
    ]
    expect(cascadeDifferences(cascade('a'), after)).toEqual([
      { kind: 'switched', messenger: 'a', isOn: false },
      { kind: 'wait', messenger: 'a', from: 60, to: 90 },
      { kind: 'success', messenger: 'a', from: 'delivered', to: 'read' },
      { kind: 'connections', messenger: 'a', isTicked: true, connectionIds: [2] },
      { kind: 'connections', messenger: 'a', isTicked: false, connectionIds: [1] },
    ])
  })

  it('says nothing of messengers that only one of them knows', () => {
    expect(cascadeDifferences(cascade('a', 'b'), cascade('b', 'c'))).toEqual([])
  })

  it('explains every order with fewer moves than there are messengers', () => {
    const types = ['a', 'b', 'c', 'd', 'e', 'f']
    fc.assert(
      fc.property(fc.shuffledSubarray(types, { minLength: 6 }), after => {
        const moves = cascadeDifferences(cascade(...types), cascade(...after))
        const moved = new Set(moves.map(move => move.messenger))
        // Whoever was not moved kept the order among each other.
        const kept = (order: readonly string[]) => order.filter(type => !moved.has(type))
        expect(kept(after)).toEqual(kept(types))
        expect(moves.length).toBeLessThan(types.length)
      }),
    )
  })
})

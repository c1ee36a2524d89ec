import type { CascadeDifference, Success } from './cascade.ts'

/** As much of a cascade as an admin can change. */
export type CascadeState = readonly {
  type: string
  isOn: boolean
  waitSeconds: number
  success: Success
  connections: readonly { connectionId: number; ticked: boolean }[]
}[]

/** What leads from one state to the other. */
export function cascadeDifferences(before: CascadeState, after: CascadeState): CascadeDifference[] {
  const common = before.filter(one => after.some(other => other.type === one.type))
  const found = movedMessengers(
    common.map(one => one.type),
    after.map(one => one.type).filter(type => common.some(one => one.type === type)),
  )
  for (const one of common) {
    const other = after.find(candidate => candidate.type === one.type)
    if (!other) continue
    const messenger = one.type
    if (one.isOn !== other.isOn) found.push({ kind: 'switched', messenger, isOn: other.isOn })
    if (one.waitSeconds !== other.waitSeconds) {
      found.push({ kind: 'wait', messenger, from: one.waitSeconds, to: other.waitSeconds })
    }
    if (one.success !== other.success) {
      found.push({ kind: 'success', messenger, from: one.success, to: other.success })
    }
    const tickedBefore = new Map(one.connections.map(each => [each.connectionId, each.ticked]))
    for (const isTicked of [true, false]) {
      const connectionIds = other.connections
        .filter(each => each.ticked === isTicked)
        .filter(each => tickedBefore.get(each.connectionId) === !isTicked)
        .map(each => each.connectionId)
      if (connectionIds.length > 0) {
        found.push({ kind: 'connections', messenger, isTicked, connectionIds })
      }
    }
  }
  return found
}

/** The fewest messengers whose moving explains the new order: all but a longest part that kept its order. */
function movedMessengers(before: readonly string[], after: readonly string[]): CascadeDifference[] {
  const places = after.map(type => before.indexOf(type))
  const lengths = places.map(() => 1)
  const previous = places.map(() => -1)
  let last = -1
  for (const [index, place] of places.entries()) {
    for (let earlier = 0; earlier < index; earlier++) {
      const length = (lengths[earlier] ?? 0) + 1
      if ((places[earlier] ?? 0) < place && length > (lengths[index] ?? 0)) {
        lengths[index] = length
        previous[index] = earlier
      }
    }
    if (last === -1 || (lengths[index] ?? 0) > (lengths[last] ?? 0)) last = index
  }
  const kept = new Set<number>()
  for (let index = last; index >= 0; index = previous[index] ?? -1) kept.add(index)
  return after.flatMap((messenger, index) =>
    kept.has(index)
      ? []
      : [{ kind: 'moved', messenger, from: (places[index] ?? 0) + 1, to: index + 1 } as const],
  )
}

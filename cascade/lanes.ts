/**
 * Bounds how many requests of one account are under way at one service. What waits for its turn is kept
 * as small as can be, for a burst of a hundred thousand runs must fit into memory.
 */
export class Lanes<Waiting> {
  private readonly lanes = new Map<string, { underWay: number; waiting: Waiting[] }>()

  /** @returns whether there is room; if so, `leave` must follow, else `waiting` is kept for later */
  enter(key: string, max: number, waiting: Waiting): boolean {
    const lane = this.lanes.get(key) ?? { underWay: 0, waiting: [] }
    this.lanes.set(key, lane)
    if (lane.underWay >= max) {
      lane.waiting.push(waiting)
      return false
    }
    lane.underWay += 1
    return true
  }

  /** Nobody is let in any more. @returns all who wait */
  close(): Waiting[] {
    const waiting = [...this.lanes.values()].flatMap(lane => lane.waiting)
    for (const lane of this.lanes.values()) lane.waiting = []
    return waiting
  }

  /** @returns whose turn it is now; it has entered in the place of the one that left */
  leave(key: string): Waiting | undefined {
    const lane = this.lanes.get(key)
    if (!lane) return undefined
    const next = lane.waiting.shift()
    if (next !== undefined) return next
    lane.underWay -= 1
    if (lane.underWay === 0) this.lanes.delete(key)
    return undefined
  }
}

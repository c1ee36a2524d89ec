/**
 * How long deliveries took, as counts between fixed bounds: enough for percentiles, cheap to add up over
 * days and connections. Deliveries that came after the run had gone on are among them, so a wait that was
 * too short shows.
 */
const SECOND_BOUNDS = [
  1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75, 90, 120, 150, 180, 240, 300, 450,
  600, 900, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400, 604_800,
]
const BOUNDS_MS = SECOND_BOUNDS.map(seconds => seconds * 1000)
const LAST_BOUND_MS = BOUNDS_MS.at(-1) ?? 0

/** Counts by bound: so many took no longer than this, and longer than the next smaller bound. */
export type DeliveryTimes = ReadonlyMap<number, number>

export function boundOf(ms: number): number {
  return BOUNDS_MS.find(bound => ms <= bound) ?? LAST_BOUND_MS
}

export function countOf(times: DeliveryTimes): number {
  let sum = 0
  for (const count of times.values()) sum += count
  return sum
}

/** The time within which this share of the deliveries came, in milliseconds; null without any. */
export function percentileMs(times: DeliveryTimes, share: number): number | null {
  const wanted = countOf(times) * share
  if (wanted === 0) return null
  let below = 0
  for (const [index, bound] of BOUNDS_MS.entries()) {
    const count = times.get(bound) ?? 0
    if (count > 0 && below + count >= wanted) {
      const from = BOUNDS_MS[index - 1] ?? 0
      return Math.round(from + ((bound - from) * (wanted - below)) / count)
    }
    below += count
  }
  return LAST_BOUND_MS
}

/** Fewer say little about the slow ones. */
const DELIVERIES_NEEDED = 30
/** The slowest two of a hundred are not worth everybody's waiting. */
const SHARE_WAITED_FOR = 0.98
const WAITS_SECONDS = [
  10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400,
]

/**
 * The wait that 98 of 100 deliveries keep to, rounded up; null when too few are known, or when the
 * present wait is that one.
 */
export function suggestedWaitSeconds(times: DeliveryTimes, waitSeconds: number): number | null {
  if (countOf(times) < DELIVERIES_NEEDED) return null
  const needed = (percentileMs(times, SHARE_WAITED_FOR) ?? 0) / 1000
  const suggested = WAITS_SECONDS.find(seconds => seconds >= needed) ?? WAITS_SECONDS.at(-1)
  return suggested === undefined || suggested === waitSeconds ? null : suggested
}

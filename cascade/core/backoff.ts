/** Waits before the next try: 1 s, doubling, an hour at most. */
export function backoffMs(tries: number): number {
  return Math.min(3600_000, 1000 * 2 ** Math.min(tries, 20))
}

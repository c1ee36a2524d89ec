/** A run as whoever takes work fairly needs it. */
export type RunOfAccount = { id: string; accountId: number }

/**
 * Orders work so that accounts take turns, each account's own order kept: one with a thousand runs
 * does not stand before another's single one.
 */
export function takeTurns<T extends { accountId: number }>(work: readonly T[]): T[] {
  const queues = new Map<number, T[]>()
  for (const one of work) {
    const queue = queues.get(one.accountId)
    if (queue) queue.push(one)
    else queues.set(one.accountId, [one])
  }
  const ordered: T[] = []
  for (let turn = 0; queues.size > 0; turn++) {
    for (const [accountId, queue] of queues) {
      const one = queue[turn]
      if (one) ordered.push(one)
      else queues.delete(accountId)
    }
  }
  return ordered
}

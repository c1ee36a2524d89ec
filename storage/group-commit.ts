import type { Database, Queryable } from './database.ts'
import type { Transact } from './transact.ts'

/** A long group would keep the event loop from everything else. */
const GROUP_MAX = 200

type Waiting = {
  work: (transaction: Queryable) => Promise<unknown>
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/**
 * SQLite's commits wait for the disk, so the writes of one turn of the event loop share one. When one
 * of them throws, the group is undone and each is done again by itself: work must have no effects but
 * its queries.
 */
export function createGroupCommit(database: Database): {
  transact: Transact
  /** Whether work waits or runs. */
  isBusy: () => boolean
} {
  let waiting: Waiting[] = []
  let isScheduled = false

  async function commitGroups(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.slice(0, GROUP_MAX)
      waiting = waiting.slice(GROUP_MAX)
      await commitGroup(group)
    }
    isScheduled = false
  }

  async function commitGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const results = await database.transaction().execute(async transaction => {
        const done: unknown[] = []
        for (const { work } of group) done.push(await work(transaction))
        return done
      })
      for (const [index, { resolve }] of group.entries()) resolve(results[index])
    } catch (error) {
      const [only, ...others] = group
      if (others.length === 0) return only?.reject(error)
      for (const one of group) await commitGroup([one])
    }
  }

  return {
    transact: (_accountId, work, { goesFirst = false } = {}) =>
      new Promise((resolve, reject) => {
        // The promise's type is the work's; the queue holds works of all types.
        const one = { work, resolve: resolve as (value: unknown) => void, reject }
        if (goesFirst) waiting.unshift(one)
        else waiting.push(one)
        if (isScheduled) return
        isScheduled = true
        setImmediate(() => void commitGroups())
      }),
    isBusy: () => isScheduled,
  }
}

import { Kysely } from 'kysely'
import type { Database } from '../database.ts'
import { DatabaseLostError } from '../failures.ts'
import { takeShortcut } from '../prepare.ts'
import type { Tables } from '../schema.ts'
import { collectWakeUps, together, type Transact, type WakeUp } from '../transact.ts'
import { wireDialect } from './dialect.ts'
import type { Client, Pool } from './pool.ts'
import { Wire } from './wire.ts'
import { wasCommitted } from './was-committed.ts'

/**
 * One transaction at a time, for all accounts that wait when it begins: what waits meanwhile shares the next.
 * Only while one takes so long, as when another process holds one of its accounts, others pass by it.
 */
const SLOW_MS = 150
const LANES = 3
const GROUP_MAX = 200
/** An account with a flood of work shares a transaction with others, which are not to wait for all of it. */
const OF_ONE_ACCOUNT_MAX = 20
/** The lock of work that is no account's. No account has this id. */
const NOBODY = 0
const LOCK = `select pg_current_xact_id()::text as transaction, pg_advisory_xact_lock(id)
  from unnest($1::bigint[]) as id`

type Work = {
  run: (db: Database) => Promise<unknown>
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}
type Outcome<T> = { ok: true; value: T } | { ok: false; error: unknown }
type Group = Map<number, Work[]>
/** What waits, by account. */
type Queue = Map<number, Work[]>

/**
 * PostgreSQL's commits wait for the disk and each statement for the line, so what comes in the same moment
 * shares both: each account's works one after the other, accounts side by side on one wire. Every account
 * in a transaction is locked first, in the order of their ids, so that two processes never work on one
 * account at once and never wait for each other in a circle. When one work throws, the group is undone and
 * each is done again by itself.
 * @param schedule called in each transaction with the runs that it wants woken
 */
export function createAccountCommit(
  pool: Pool,
  schedule: (wakeUps: readonly WakeUp[], client: Client) => Promise<void>,
): { transact: Transact; isBusy: () => boolean } {
  const queues: { first: Queue; others: Queue } = { first: new Map(), others: new Map() }
  /** Whose works are under way in this process. */
  const busy = new Set<number>()
  const laneForFirst = createLane()
  const lanes = Array.from({ length: LANES }, createLane)

  function pump(): void {
    // What goes first is short, and does not share a transaction with what is long.
    if (laneForFirst.state === 'free') start(laneForFirst, takeGroup(queues.first))
    const free = lanes.find(lane => lane.state === 'free')
    const isHeldUp = lanes.some(lane => lane.state === 'busy')
    if (free && !isHeldUp) start(free, takeGroup(queues.others))
  }

  function start(lane: Lane, group: Group): void {
    if (group.size === 0) return
    lane.state = 'busy'
    const timer = setTimeout(() => {
      lane.state = 'slow'
      pump()
    }, SLOW_MS)
    void commitGroup(lane, group).finally(() => {
      clearTimeout(timer)
      lane.state = 'free'
      for (const accountId of group.keys()) busy.delete(accountId)
      pump()
    })
  }

  function takeGroup(queue: Queue): Group {
    const group: Group = new Map()
    let size = 0
    for (const [accountId, works] of queue) {
      if (size >= GROUP_MAX) break
      if (busy.has(accountId)) continue
      const taken = works.splice(0, OF_ONE_ACCOUNT_MAX)
      if (works.length === 0) queue.delete(accountId)
      group.set(accountId, taken)
      busy.add(accountId)
      size += taken.length
    }
    return group
  }

  async function commitGroup(lane: Lane, group: Group): Promise<void> {
    const works = [...group].flatMap(([accountId, all]) => all.map(work => ({ accountId, work })))
    const done = await commit(lane, group)
    if (done.ok) {
      for (const [work, value] of done.value) work.resolve(value)
      return
    }
    const [only, ...others] = works
    if (others.length === 0) return only?.work.reject(done.error)
    // Nobody can answer: to ask for each by itself would only take longer.
    if (done.error instanceof DatabaseLostError) {
      for (const { work } of works) work.reject(done.error)
      return
    }
    for (const { accountId, work } of works) {
      await commitGroup(lane, new Map([[accountId, [work]]]))
    }
  }

  async function commit(lane: Lane, group: Group): Promise<Outcome<Map<Work, unknown>>> {
    let client: Client
    try {
      client = await pool.connect()
    } catch (error) {
      return { ok: false, error }
    }
    const wire = new Wire(client)
    try {
      const ids = [...group.keys()].toSorted((a, b) => a - b)
      // The first statements go along: the server carries them out once it has the locks.
      const begun = outcomeOf(begin(client, ids))
      lane.wire = wire
      const wakeUps = collectWakeUps(lane.db)
      const outcomes = new Map<Work, unknown>()
      const failures: unknown[] = []
      await Promise.all(
        [...group.values()].map(async works => {
          for (const work of works) {
            const outcome = await outcomeOf(work.run(lane.db))
            if (!outcome.ok) failures.push(outcome.error)
            else outcomes.set(work, outcome.value)
            // One failure undoes all.
            if (failures.length > 0) break
          }
        }),
      )
      const transaction = await begun
      if (!transaction.ok) throw transaction.error
      if (failures.length > 0) throw failures[0]
      if (wakeUps.length > 0) await schedule(wakeUps, client)
      await commitOf(pool, client, transaction.value)
      return { ok: true, value: outcomes }
    } catch (error) {
      await client.query({ text: 'rollback', values: [] }).catch(() => undefined)
      return { ok: false, error: wire.failure ?? error }
    } finally {
      client.release()
    }
  }

  return {
    transact: (accountId, run, { goesFirst = false } = {}) =>
      new Promise((resolve, reject) => {
        const key = accountId ?? NOBODY
        const queue = goesFirst ? queues.first : queues.others
        const works = queue.get(key) ?? []
        queue.set(key, works)
        // The promise's type is the work's; the queue holds works of all types.
        works.push({ run, resolve: resolve as Work['resolve'], reject })
        // Whatever else comes in this turn of the event loop goes along.
        if (works.length === 1) setImmediate(pump)
      }),
    isBusy: () => queues.first.size > 0 || queues.others.size > 0 || busy.size > 0,
  }
}

type Lane = { state: 'free' | 'busy' | 'slow'; wire: Wire | null; db: Database }

function createLane(): Lane {
  const wire = (): Wire => {
    if (!lane.wire) throw new Error('There is no transaction')
    return lane.wire
  }
  const db: Database = new Kysely<Tables>({ dialect: wireDialect(wire) })
  takeShortcut(db, query => wire().query(query))
  const lane: Lane = { state: 'free', wire: null, db }
  return lane
}

async function outcomeOf<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work }
  } catch (error) {
    return { ok: false, error }
  }
}

/** @returns what the server calls the transaction */
async function begin(client: Client, accountIds: readonly number[]): Promise<string> {
  const [, { rows }] = await together([
    client.query({ text: 'begin', values: [] }),
    client.query({ name: 'lock-accounts', text: LOCK, values: [accountIds] }),
  ])
  const [row] = rows as { transaction: string }[]
  return row?.transaction ?? ''
}

/** @throws when nothing of it is there */
async function commitOf(pool: Pool, client: Client, transaction: string): Promise<void> {
  try {
    const { command } = await client.query({ text: 'commit', values: [] })
    // The server ends a transaction that has failed so, without another word.
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back')
  } catch (error) {
    const isUnknown = error instanceof DatabaseLostError
    if (!isUnknown || !(await wasCommitted(pool, transaction))) throw error
  }
}

import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { Clock } from '../../cascade/core/clock.ts'
import type { Worker } from '../../cascade/core/worker.ts'
import type { Database } from '../database.ts'
import type { RunOfAccount } from '../../cascade/core/take-turns.ts'

/** A process says this often that it lives. */
const BEAT_MS = 2500
/** One that has not said so for this long is gone, by the database's clock. */
const GONE_AFTER_MS = 10_000
/** One that could not say so for this long stops by itself, well before others take over from it. */
const FRESH_FOR_MS = 7000
const TAKE_MAX = 500

/** The database's own time, in milliseconds: whose clock is off does not matter. */
const databaseNow = sql<number>`extract(epoch from clock_timestamp()) * 1000`

/**
 * The processes that work on one PostgreSQL database. What a run asks for is carried out by one of them,
 * whose name stands in its row; when that one is gone, another takes it over. A process that was too
 * long without the database gives up its name and begins anew as somebody else.
 */
export function createWorkers(of: { clock: Clock; database: Database; log: Logger }): Worker {
  const { clock, database, log } = of
  let id = randomUUID()
  let freshUntil = 0
  let claims = 0
  let isStopped = false
  const cancels: (() => void)[] = []
  let takeOver: Parameters<Worker['start']>[0] = async () => undefined

  async function arrive(): Promise<{ isAlone: boolean }> {
    const askedAt = performance.now()
    await bury()
    await sql`insert into workers (id, seen_at) values (${id}, ${databaseNow})`.execute(database)
    freshUntil = askedAt + FRESH_FOR_MS
    const { rows } = await sql`select 1 from workers where id <> ${id} limit 1`.execute(database)
    return { isAlone: rows.length === 0 }
  }

  /** @returns whether somebody was gone */
  async function bury(): Promise<boolean> {
    const gone = await sql`
      delete from workers where seen_at < ${databaseNow} - ${GONE_AFTER_MS}::float8 returning id
    `.execute(database)
    return gone.rows.length > 0
  }

  async function beat(): Promise<void> {
    if (!isAlive()) id = randomUUID()
    const askedAt = performance.now()
    const { numAffectedRows } = await sql`
      update workers set seen_at = ${databaseNow} where id = ${id}
    `.execute(database)
    // What would have left while it was not fresh is for others: not under this name again.
    if (numAffectedRows === 1n && isAlive()) freshUntil = askedAt + FRESH_FOR_MS
    else {
      id = randomUUID()
      await arrive()
      log.warn('this process was taken for gone and begins anew')
    }
  }

  async function lookForOrphans(): Promise<void> {
    const isSomebodyGone = await bury()
    while ((await takeOrphans()) === TAKE_MAX);
    // One that is gone may not have told the next in a chat's queue that it is their turn.
    if (isSomebodyGone) await takeNextInQueues()
  }

  function newClaim(): string {
    claims += 1
    return `${id}/${claims}`
  }

  /** Claims what nobody alive is at, and hands it over. @returns how many runs */
  async function takeOrphans(): Promise<number> {
    const claim = newClaim()
    const { rows } = await sql<RunOfAccount>`
      update runs set worker = ${claim} where id in (
        select id from runs
        where is_settled = 0 and wake_at is null
        and not exists (select 1 from workers where workers.id = split_part(runs.worker, '/', 1))
        limit ${TAKE_MAX} for update skip locked
      ) returning id, account_id as "accountId"
    `.execute(database)
    if (rows.length > 0) await takeOver(rows, claim)
    return rows.length
  }

  async function takeNextInQueues(): Promise<void> {
    const claim = newClaim()
    const { rows } = await sql<RunOfAccount>`
      update runs set worker = ${claim} where id in (
        select first.run_id from (
          select distinct on (account_id, chat_id) run_id from chat_queue
          order by account_id, chat_id, seq
        ) as first
      ) and is_settled = 0 and wake_at is null and phase = 'queueing'
      returning id, account_id as "accountId"
    `.execute(database)
    if (rows.length > 0) await takeOver(rows, claim)
  }

  function isAlive(): boolean {
    return performance.now() < freshUntil
  }

  /** Again and again, until `stop`. Taking over may be long, and signs of life do not wait for it. */
  function repeat(what: string, work: () => Promise<void>): void {
    let cancel = (): void => undefined
    const next = () => {
      work()
        .catch((error: unknown) => log.error({ err: error }, what))
        .finally(() => {
          if (!isStopped) cancel = clock.callAt(clock.now() + BEAT_MS, next)
        })
    }
    next()
    cancels.push(() => cancel())
  }

  return {
    get id() {
      return id
    },
    async start(callback) {
      takeOver = callback
      const arrived = await arrive()
      repeat('this process cannot say that it lives', beat)
      repeat('what nobody is at cannot be looked for', lookForOrphans)
      return arrived
    },
    isAlive,
    async stop() {
      isStopped = true
      for (const cancel of cancels) cancel()
      freshUntil = 0
      try {
        await sql`delete from workers where id = ${id}`.execute(database)
      } catch (error) {
        log.warn({ err: error }, 'others will see by its silence that this process is gone')
      }
    },
  }
}

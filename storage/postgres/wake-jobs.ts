import { sql } from 'kysely'
import { PgBoss, type Db } from 'pg-boss'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Clock } from '../../cascade/core/clock.ts'
import type { WakeUps } from '../../cascade/core/wake-ups.ts'
import type { Database } from '../database.ts'
import type { RunOfAccount } from '../../cascade/core/take-turns.ts'
import { dueRuns } from '../runs.ts'
import type { WakeUp } from '../transact.ts'
import type { Client, Pool } from './pool.ts'
import { named } from './wire.ts'

const QUEUE = 'wake-ups'
const BATCH = 500
const POLL_SECONDS = 0.5
/** The least that pg-boss knows: a batch whose process is gone comes again this much later. */
const HEARTBEAT_SECONDS = 10
const LOOK_FOR_THE_DEAD_SECONDS = 3
/** Done, they say nothing any more. */
const DELETE_AFTER_SECONDS = 60
/** A clock may be a little behind the database's; a run that is due much later has another job. */
const BEHIND_MS = 2000
/** Whatever became of its job, nobody waits for longer than this. */
const OVERDUE_MS = 20_000
const LOOK_FOR_OVERDUE_MS = 10_000

const dataSchema = z.object({ run: z.string(), account: z.number() })

function createBoss(pool: Pool, log: Logger, options: { migrate?: boolean; supervise?: boolean }) {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.query({ text, values: values ?? [] }) },
    schedule: false,
    superviseIntervalSeconds: LOOK_FOR_THE_DEAD_SECONDS,
    monitorIntervalSeconds: LOOK_FOR_THE_DEAD_SECONDS,
    maintenanceIntervalSeconds: DELETE_AFTER_SECONDS,
    ...options,
  })
  boss.on('error', error => log.error({ err: error }, 'pg-boss failed'))
  return boss
}

/** Makes pg-boss's own tables and the queue, or brings them up to date. */
export async function installWakeJobs(pool: Pool, log: Logger): Promise<void> {
  const boss = createBoss(pool, log, { supervise: false })
  await boss.start()
  await boss.createQueue(QUEUE, {
    partition: true,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    expireInSeconds: 600,
    retryLimit: 1000,
    retryDelay: 1,
    deleteAfterSeconds: DELETE_AFTER_SECONDS,
  })
  await boss.stop({ graceful: false, close: false })
}

/**
 * Wake-ups as jobs of pg-boss, written in the transaction that stores the run: whichever process is free
 * takes those that are due, and when it is gone in the midst of it, another one does. A job of a run that
 * went on meanwhile finds that nothing is due.
 */
export class WakeJobs implements WakeUps {
  private readonly boss: PgBoss
  private readonly of: { pool: Pool; database: Database; clock: Clock; log: Logger }
  private cancel = (): void => undefined

  constructor(of: WakeJobs['of']) {
    this.of = of
    this.boss = createBoss(of.pool, of.log, { migrate: false })
  }

  /** To be called before anything is stored. */
  async open(): Promise<void> {
    await this.boss.start()
  }

  /** In the transaction of whoever stores these runs. */
  async schedule(wakeUps: readonly WakeUp[], client: Client): Promise<void> {
    const jobs = wakeUps.map(({ id, accountId, wakeAt }) => ({
      data: { run: id, account: accountId },
      startAfter: new Date(wakeAt).toISOString(),
    }))
    const db: Db = {
      executeSql: (text, values) => client.query(named(text, values ?? [])),
    }
    await this.boss.insert(QUEUE, jobs, { db, returnId: false })
  }

  stored(): void {
    // Its job has been written with it.
  }

  async start(wake: (runs: readonly RunOfAccount[]) => Promise<void>): Promise<void> {
    const options = {
      batchSize: BATCH,
      pollingIntervalSeconds: POLL_SECONDS,
      burstWhenBatchFull: true,
      heartbeatRefreshSeconds: HEARTBEAT_SECONDS / 4,
    }
    await this.boss.work(QUEUE, options, async jobs => {
      const runs = jobs.map(job => dataSchema.parse(job.data))
      await wake(
        await this.dueOf(runs.map(({ run, account }) => ({ id: run, accountId: account }))),
      )
    })
    this.lookForOverdue(wake)
  }

  async stop(): Promise<void> {
    this.cancel()
    await this.boss.offWork(QUEUE, { wait: true }).catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.boss.stop({ graceful: false, close: false }).catch(() => undefined)
  }

  private async dueOf(runs: readonly RunOfAccount[]): Promise<RunOfAccount[]> {
    const { clock, database } = this.of
    if (runs.length === 0) return []
    const due = await database
      .selectFrom('runs')
      .select(['id', 'account_id as accountId', 'wake_at as wakeAt'])
      .where(sql<boolean>`id = any(${runs.map(run => run.id)})`)
      .where('wake_at', '<=', clock.now() + BEHIND_MS)
      .execute()
    await clock.sleepUntil(Math.max(0, ...due.map(run => run.wakeAt ?? 0)))
    return due
  }

  private lookForOverdue(wake: (runs: readonly RunOfAccount[]) => Promise<void>): void {
    const { clock, database, log } = this.of
    const wakeOverdue = async () => {
      for (;;) {
        const runs = await dueRuns(database, clock.now() - OVERDUE_MS, BATCH)
        if (runs.length > 0) await wake(runs)
        if (runs.length < BATCH) return
      }
    }
    const look = () => {
      wakeOverdue()
        .catch((error: unknown) => log.error({ err: error }, 'overdue runs cannot be looked for'))
        .finally(() => {
          this.cancel = clock.callAt(clock.now() + LOOK_FOR_OVERDUE_MS, look)
        })
    }
    this.cancel = clock.callAt(clock.now() + LOOK_FOR_OVERDUE_MS, look)
  }
}

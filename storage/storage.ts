import type { Locker } from '@tus/server'
import type { Logger } from 'pino'
import type { Clock } from '../cascade/core/clock.ts'
import { systemClock } from './system-clock.ts'
import { createWakeTimer } from './wake-timer.ts'
import type { WakeUps } from '../cascade/core/wake-ups.ts'
import { onlyWorker, type Worker } from '../cascade/core/worker.ts'
import type { Slots } from '../integrations/limiter.ts'
import { startCheckpoints } from './checkpoints.ts'
import { databasePlace, migrated, openDatabase, type Database } from './database.ts'
import { lockFolder } from './folder-lock.ts'
import { createGroupCommit } from './group-commit.ts'
import { createAccountCommit } from './postgres/account-commit.ts'
import { createDatabaseClock } from './postgres/clock.ts'
import { postgresDialect } from './postgres/dialect.ts'
import { pooledDatabase } from './postgres/pooled-database.ts'
import { SharedSlots } from './postgres/limiter.ts'
import { Pool } from './postgres/pool.ts'
import { installWakeJobs, WakeJobs } from './postgres/wake-jobs.ts'
import { UploadLocks } from './postgres/upload-locks.ts'
import { createWorkers } from './postgres/workers.ts'
import type { Transact } from './transact.ts'

/** Everything that a server keeps, and what goes with the database that keeps it. */
export type Storage = {
  database: Database
  transact: Transact
  clock: Clock
  wakeUps: WakeUps
  worker: Worker
  /** Of the limits that processes share; undefined where there is only one. */
  slots: Slots | undefined
  /** Of uploads, where several processes receive them; undefined where there is only one. */
  uploadLocker: Locker | undefined
  /** Whether anything is asked or written at the moment: who moves the clock by hand waits for it. */
  isBusy: () => boolean
  close: () => Promise<void>
}

/**
 * Opens what `DATABASE_URL` names: SQLite for one process, PostgreSQL for any number of them.
 * @param dataFolder taken by this process, with SQLite
 * @throws Error for a person to read
 */
export function openStorage(of: {
  url: string
  dataFolder: string
  log: Logger
}): Promise<Storage> {
  const place = databasePlace(of.url)
  return place.kind === 'sqlite'
    ? openOwn({ ...of, file: place.file })
    : openShared({ log: of.log, url: place.url })
}

async function openOwn(of: {
  url: string
  file: string
  dataFolder: string
  log: Logger
}): Promise<Storage> {
  const { log } = of
  const unlock = lockFolder(of.dataFolder)
  const database = await openDatabase(of.url)
  const clock = systemClock
  const stopCheckpoints = startCheckpoints(of.file, log)
  return {
    database,
    ...createGroupCommit(database),
    clock,
    wakeUps: createWakeTimer({ clock, database, log }),
    worker: onlyWorker,
    slots: undefined,
    uploadLocker: undefined,
    async close() {
      await stopCheckpoints()
      await database.destroy()
      unlock()
    },
  }
}

/** Our tables and pg-boss's; of several processes that start at once, one makes them. */
async function setUp(url: string, log: Logger): Promise<void> {
  const pool = new Pool(url, 'setup')
  const database = await migrated(postgresDialect(pool))
  try {
    await installWakeJobs(pool, log)
  } finally {
    await database.destroy()
  }
}

async function openShared({ url, log }: { url: string; log: Logger }): Promise<Storage> {
  await setUp(url, log)
  const pool = new Pool(url)
  const database = pooledDatabase(pool)
  const { clock, stop } = await createDatabaseClock(pool)
  const wakeUps = new WakeJobs({ pool, database, clock, log })
  await wakeUps.open()
  const commit = createAccountCommit(pool, (due, client) => wakeUps.schedule(due, client))
  return {
    database,
    transact: commit.transact,
    isBusy: () => commit.isBusy() || pool.isBusy(),
    clock,
    wakeUps,
    worker: createWorkers({ clock, database, log }),
    slots: new SharedSlots(pool),
    uploadLocker: new UploadLocks(pool),
    async close() {
      stop()
      await wakeUps.close()
      await database.destroy()
    },
  }
}

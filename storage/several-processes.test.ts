import { inspect } from 'node:util'
import { sql } from 'kysely'
import pino from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newRun } from '../cascade/core/run.ts'
import type { RunOfAccount } from '../cascade/core/take-turns.ts'
import { pickConnection } from '../cascade/pick-connection.ts'
import { runStatement } from '../e2e/support/postgres.ts'
import { until } from '../e2e/support/until.ts'
import { Accounts } from './accounts.ts'
import { setConnection, upsertConnection } from './cascades.ts'
import { insertRun, putAside } from './runs.ts'
import { SecretBox } from './secret-box.ts'
import { openStorage, type Storage } from './storage.ts'
import { openTestStorage, type TestStorage } from './testing/open-test-storage.ts'

/** What three processes on one PostgreSQL database have in common, without the rest of them. */
const ACCOUNT = 1
const PROCESSES = 3
const DAY_MS = 24 * 3600_000
const accounts = new Accounts(new SecretBox('a secret of some length'), 'https://radist.example')
let first: TestStorage
let processes: Storage[]

beforeAll(async () => {
  first = await openTestStorage('PostgreSQL')
  const others = Array.from({ length: PROCESSES - 1 }, () =>
    openStorage({ url: first.url, dataFolder: '', log: pino({ level: 'silent' }) }),
  )
  processes = [first, ...(await Promise.all(others))]
})
beforeEach(() => first.clear())
afterAll(async () => {
  for (const storage of processes.toReversed()) await storage.close()
})

const byTurns = (count: number): Storage[] =>
  Array.from({ length: count }, (_, index) => processes[index % PROCESSES] ?? first)

async function addAccount(id: number): Promise<void> {
  const radist = { key: 'k', url: null, companyId: 1 }
  await accounts.save(first.database, { id, subdomain: `s${id}`, kommoToken: 't', radist }, 0)
}

async function addRun(id: string, wakeAt: number): Promise<void> {
  const run = newRun({ id, now: 0, lifetimeSeconds: 1, hasReturnUrl: false, writesNote: false })
  const subject = {
    accountId: ACCOUNT,
    origin: 'bot',
    entity: { type: 'lead', id: 1 },
    returnUrl: null,
    tokenIssuedAt: null,
    tokenHash: null,
    message: '{}',
  } as const
  await first.transact(ACCOUNT, async db => {
    await insertRun(db, { run, subject }, [{ type: 'started' }])
    await putAside(db, { id, accountId: ACCOUNT }, wakeAt)
  })
}

describe('an account', () => {
  it('is one process’s at a time: what a work reads stays so until it is done', async () => {
    await addAccount(ACCOUNT)
    const work = ({ transact }: Storage) =>
      transact(ACCOUNT, async db => {
        const before = await accounts.syncCount(db, ACCOUNT)
        await accounts.update(db, ACCOUNT, { sync_count: before + 1 })
      })
    await Promise.all(byTurns(90).map(work))
    expect(await accounts.syncCount(first.database, ACCOUNT)).toBe(90)
  })

  it('does not wait for another one that a process works on', async () => {
    for (const id of [1, 2]) await addAccount(id)
    let letGo = (): void => undefined
    const isHeld = new Promise<void>(resolve => {
      letGo = resolve
    })
    const held = processes[0]?.transact(1, () => isHeld)
    await processes[1]?.transact(2, db => accounts.update(db, 2, { sync_count: 5 }))
    expect(await accounts.syncCount(first.database, 2)).toBe(5)
    letGo()
    await held
  })

  it('loses nothing when another one’s work fails in the same transaction', async () => {
    for (const id of [1, 2]) await addAccount(id)
    const bad = first.transact(1, async db => {
      await accounts.update(db, 1, { sync_count: 7 })
      throw new Error('a bug')
    })
    const good = first.transact(2, db => accounts.update(db, 2, { sync_count: 8 }))
    await expect(bad).rejects.toThrow('a bug')
    await good
    expect(await accounts.syncCount(first.database, 1)).toBe(0)
    expect(await accounts.syncCount(first.database, 2)).toBe(8)
  })

  it('learns why a write failed that nobody waited for, and nothing of its work stays', async () => {
    await addAccount(2)
    await addRun('once', 1000)
    const bad = addRun('once', 2000)
    const good = first.transact(2, db => accounts.update(db, 2, { sync_count: 8 }))
    await expect(bad).rejects.toThrow('duplicate key')
    await good
    expect(await accounts.syncCount(first.database, 2)).toBe(8)
    const runs = await first.database.selectFrom('runs').select('wake_at').execute()
    expect(runs).toEqual([{ wake_at: 1000 }])
  })

  it('is checked, and its chats are read, by one of them', async () => {
    for (let id = 1; id <= 30; id++) await addAccount(id)
    const taken = await Promise.all(
      byTurns(9).map(({ transact }) => transact(null, db => accounts.takeDue(db, 1000, 9000, 5))),
    )
    const ids = taken.flat().map(account => account.id)
    expect(ids).toHaveLength(30)
    expect(new Set(ids).size).toBe(30)

    await Promise.all(processes.map(({ worker }) => worker.start(async () => undefined)))
    const readers = await Promise.all(
      processes.map(({ database, worker }) => accounts.takeChats(database, 1, worker.id ?? '')),
    )
    expect(readers.filter(Boolean)).toHaveLength(1)
    // One that is gone does not keep them.
    await runStatement(first.url, `update accounts set chats_read_by = 'gone' where id = 1`)
    expect(await accounts.takeChats(first.database, 1, first.worker.id ?? '')).toBe(true)
  })
})

describe('an error of the server’s', () => {
  it('P1 says what is wrong without any value', async () => {
    const phone = 'call +34600111222'
    for (const statement of [
      sql`select ${phone}::bigint`,
      sql`insert into sessions (token_hash, account_id, user_id, is_admin, expires_at)
        values (${phone}, 1, 1, 1, 1), (${phone}, 1, 1, 1, 1)`,
    ]) {
      const error: unknown = await statement
        .execute(first.database)
        .catch((caught: unknown) => caught)
      expect(inspect(error)).toMatch(/22P02|22003|23505|a value was refused/u)
      expect(inspect(error)).not.toContain('600111222')
    }
  })
})

describe('turns', () => {
  it('R1 R2 are exact over a hundred picks at once, and a newcomer comes in without a backlog', async () => {
    const add = (connectionId: number) =>
      upsertConnection(
        first.database,
        ACCOUNT,
        { connectionId, messenger: 'whatsapp', name: '', state: 'in_subscription' },
        { ticked: true, isNew: false },
      )
    const pick = async (count: number) => {
      const picks = await Promise.all(
        byTurns(count).map(({ transact }) =>
          transact(ACCOUNT, db => pickConnection(db, ACCOUNT, 'whatsapp', [], 0)),
        ),
      )
      const ids = picks.map(event => event.type === 'connection_picked' && event.connectionId)
      return [...Map.groupBy(ids, id => id).values()].map(group => group.length)
    }
    for (const id of [1, 2, 3, 4]) await add(id)
    expect(await pick(100)).toEqual([25, 25, 25, 25])
    await add(5)
    expect(await pick(50)).toEqual([10, 10, 10, 10, 10])
    await setConnection(first.database, ACCOUNT, 5, { state: 'logged_out' })
    expect(await pick(40)).toEqual([10, 10, 10, 10])
  })
})

describe('limits', () => {
  it('R7 are of all together, and one key does not wait for another', async () => {
    const rate = { intervalMs: 200, extra: 1 }
    const waits = await Promise.all(byTurns(30).map(({ slots }) => slots?.take('radist:1', rate)))
    const sorted = waits.map(slot => slot?.waitMs ?? 0).toSorted((a, b) => a - b)
    // Two at once after a rest; the last one of thirty then waits for 28 intervals, give or take the time to ask.
    expect(sorted.filter(waitMs => waitMs === 0).length).toBeGreaterThanOrEqual(2)
    expect(sorted.at(-1)).toBeGreaterThan(20 * rate.intervalMs)
    expect(sorted.at(-1)).toBeLessThanOrEqual(30 * rate.intervalMs)
    expect(await first.slots?.take('radist:2', rate)).toEqual({ waitMs: 0 })
  })
})

describe('a wake-up', () => {
  it('D7 D8 D10 comes once it is due and not before, also when its job was lost', async () => {
    const woken: RunOfAccount[] = []
    await Promise.all(
      processes.map(({ wakeUps }) =>
        wakeUps.start(async runs => {
          woken.push(...runs)
          for (const run of runs) {
            await first.transact(ACCOUNT, db => putAside(db, run, first.clock.now() + DAY_MS))
          }
        }),
      ),
    )
    const now = first.clock.now()
    await addRun('far', now + 30 * DAY_MS)
    await addRun('due', now + 1000)
    // Written by somebody who knows nothing of jobs, as after a restore without them.
    await addRun('lost', now + 60_000)
    await runStatement(first.url, `update runs set wake_at = ${now - 25_000} where id = 'lost'`)
    // Several may find what is overdue; whoever is second finds that nothing is due.
    const ids = () => [...new Set(woken.map(run => run.id))].toSorted()
    await until('both', async () => ids().length === 2, 40_000)
    expect(ids()).toEqual(['due', 'lost'])
    expect(first.clock.now()).toBeGreaterThanOrEqual(now + 1000)
    await Promise.all(processes.map(({ wakeUps }) => wakeUps.stop()))
  })
})

describe('an upload', () => {
  it('is received by one request at a time, which lets go when another one comes', async () => {
    const signal = new AbortController().signal
    const [one, two] = processes.map(({ uploadLocker }) => uploadLocker?.newLock('file'))
    let isAsked = false
    await one?.lock(signal, async () => {
      isAsked = true
      await one.unlock()
    })
    await two?.lock(signal, async () => undefined)
    expect(isAsked).toBe(true)
    await two?.unlock()
  })
})

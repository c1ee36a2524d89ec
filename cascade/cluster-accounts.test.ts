import pino from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fillAccounts, fillWaiting } from '../bench/accounts.ts'
import { hookUrl, nextHook } from '../bench/load.ts'
import { emptyLog, post, startOutside, type Outside } from '../bench/outside.ts'
import { startAll } from '../bench/postgres.ts'
import { freePort, kill, pause, type Server } from '../bench/processes.ts'
import { checkStack } from '../e2e/support/check-history.ts'
import { until } from '../e2e/support/until.ts'
import { scheduleWaits } from '../storage/copy-database.ts'
import { openDatabase, type Database } from '../storage/database.ts'
import { openStorage } from '../storage/storage.ts'
import { createTestDatabase } from '../storage/testing/open-test-storage.ts'

/**
 * The rows of the fault matrix that need many accounts, with three processes on one PostgreSQL database: for
 * `npm run test:chaos`. What is around them is what `npm run bench` measures with.
 */
const FLOOD = 100
const HANGING = 40
const NEIGHBOURS = 20
const WAITING = 10_000
const LONG = { timeout: 600_000 }

describe.runIf(process.env['CLUSTER_ROUNDS'])('three processes', LONG, () => {
  let outside: Outside
  let url: string
  let ports: number[]
  let database: Database
  let servers: Server[] = []
  beforeAll(async () => {
    outside = await startOutside()
    outside.settings.errorShare = 0
  })
  afterAll(() => outside.close())

  beforeEach(async () => {
    url = await createTestDatabase()
    ports = [await freePort(), await freePort(), await freePort()]
    const publicUrl = `http://127.0.0.1:${ports[0]}`
    await fillAccounts(url, { outsideUrl: `${outside.url}/v2`, publicUrl })
    database = await openDatabase(url)
    outside.counts = { sends: 0, continues: 0 }
    outside.log = emptyLog()
    return async () => {
      await Promise.all(servers.map(kill))
      await database.destroy()
    }
  })

  /** Kommo calls for this account; resolves when the hook was taken. */
  async function call(account: number): Promise<{ continued: Promise<void> }> {
    const hook = nextHook(outside, account)
    const continued = outside.continued(hook.id)
    expect(await post(hookUrl(servers, hook.id), hook.body, 'form')).toBe(200)
    return { continued }
  }

  async function openRuns(): Promise<number> {
    const { count } = await database
      .selectFrom('runs')
      .select(expression => expression.fn.countAll<number>().as('count'))
      .where('is_settled', '=', 0)
      .executeTakeFirstOrThrow()
    return Number(count)
  }

  async function checkHistory(): Promise<void> {
    const { continues, sends, webhooks } = outside.log ?? emptyLog()
    const logs = { kommo: { calls: continues }, radist: { sends, webhooks } }
    const { violations } = await checkStack(database, logs, { isComplete: true })
    expect(violations).toEqual([])
  }

  it('R5 one account floods: the single message of another does not queue behind it', async () => {
    servers = await startAll(outside, url, ports)
    await Promise.all(Array.from({ length: FLOOD }, () => call(1)))
    const { continued } = await call(2)
    await continued
    expect(outside.counts.continues).toBeLessThan(FLOOD / 2)
    await until('the flood', async () => (await openRuns()) === 0, 300_000)
    expect(outside.counts).toEqual({ sends: FLOOD + 1, continues: FLOOD + 1 })
    await checkHistory()
  })

  it('D1 R5 one is killed in the midst of a flood: the others go on with more than may be under way at once', async () => {
    servers = await startAll(outside, url, ports)
    await Promise.all(Array.from({ length: FLOOD }, () => call(1)))
    // Not the one that webhooks go to: nothing else stands before them here.
    const [second] = servers.splice(1, 1)
    if (second) await kill(second)
    await until('the flood', async () => (await openRuns()) === 0, 300_000)
    expect(outside.counts.continues).toBe(FLOOD)
    await checkHistory()
  })

  it('R6 the provider of one account hangs: the messages of others leave as if it did not', async () => {
    servers = await startAll(outside, url, ports)
    outside.hangingAccounts.add(1)
    await Promise.all(Array.from({ length: HANGING }, () => call(1)))
    const others = await Promise.all(Array.from({ length: NEIGHBOURS }, () => call(2)))
    await Promise.all(others.map(one => one.continued))
    expect(outside.counts).toEqual({ sends: NEIGHBOURS, continues: NEIGHBOURS })
    outside.hangingAccounts.clear()
    await until('the others', async () => (await openRuns()) === 0, 400_000)
    expect(outside.counts.continues).toBe(HANGING + NEIGHBOURS)
    await checkHistory()
  })

  it('D15 ten thousand wait while all processes are killed and started again: each goes on, once', async () => {
    const deadlineAt = Date.now() + 60_000
    await fillWaiting(url, { count: WAITING, deadlineAt, outsideUrl: outside.url })
    const storage = await openStorage({ url, dataFolder: '', log: pino({ level: 'silent' }) })
    await scheduleWaits(storage.database, storage.transact)
    await storage.close()
    servers = await startAll(outside, url, ports)
    await pause(2000)
    await Promise.all(servers.map(kill))
    servers = await startAll(outside, url, ports)
    // One more dies in the midst of it.
    await until('the first', async () => outside.counts.continues > WAITING / 20, 120_000)
    const [first] = servers.splice(1, 1)
    if (first) await kill(first)
    await until('all', async () => (await openRuns()) === 0, 400_000)
    const rows = await database
      .selectFrom('runs')
      .select(['outcome', expression => expression.fn.countAll<number>().as('count')])
      .groupBy('outcome')
      .execute()
    const outcomes = Object.fromEntries(rows.map(row => [row.outcome, Number(row.count)]))
    expect(outcomes).toEqual({ not_delivered: WAITING })
    // They have no other messenger.
    expect(outside.counts).toEqual({ sends: 0, continues: WAITING })
    await checkHistory()
  })
})

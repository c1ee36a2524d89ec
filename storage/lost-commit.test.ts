import pino from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { Line } from '../e2e/support/line.ts'
import { runStatement } from '../e2e/support/postgres.ts'
import { until } from '../e2e/support/until.ts'
import { Accounts } from './accounts.ts'
import { DatabaseLostError } from './failures.ts'
import { SecretBox } from './secret-box.ts'
import { openStorage, type Storage } from './storage.ts'
import { openTestStorage, type TestStorage } from './testing/open-test-storage.ts'

/** The line to PostgreSQL breaks in the midst of a commit: what was done counts, not what was heard of it. */
const ACCOUNT = 1
const accounts = new Accounts(new SecretBox('a secret of some length'), 'https://radist.example')
let direct: TestStorage
let over: Storage
let line: Line

beforeAll(async () => {
  direct = await openTestStorage('PostgreSQL')
  line = await Line.start(Number(new URL(inject('postgresUrl')).port))
  const url = Object.assign(new URL(direct.url), { port: String(line.port) }).href
  over = await openStorage({ url, dataFolder: '', log: pino({ level: 'silent' }) })
})
beforeEach(async () => {
  await direct.clear()
  const radist = { key: 'k', url: null, companyId: 1 }
  const account = { id: ACCOUNT, subdomain: 's', kommoToken: 't', radist }
  await accounts.save(direct.database, account, 0)
})
afterAll(async () => {
  await over.close()
  line.stop()
  await direct.close()
})

const write = (count: number) =>
  over.transact(ACCOUNT, db => accounts.update(db, ACCOUNT, { sync_count: count }))
const letIn = (isAllowed: boolean) =>
  runStatement(
    inject('postgresUrl'),
    `alter database ${new URL(direct.url).pathname.slice(1)} allow_connections ${isAllowed}`,
  )
const stored = () => accounts.syncCount(direct.database, ACCOUNT)

describe('a commit', () => {
  it('whose answer is lost has happened, and whoever waits for it learns so', async () => {
    line.breakAt({ isAnswer: true, text: 'COMMIT\0' })
    await write(7)
    expect(await stored()).toBe(7)
    await write(8)
    expect(await stored()).toBe(8)
  })

  it('that is lost on its way has not, and can be asked for again', async () => {
    line.breakAt({ isAnswer: false, text: 'commit\0' })
    await expect(write(7)).rejects.toThrow(DatabaseLostError)
    expect(await stored()).toBe(0)
    await write(7)
    expect(await stored()).toBe(7)
  })

  it('is asked for until the database answers again', async () => {
    await letIn(false)
    line.breakAt({ isAnswer: true, text: 'COMMIT\0' })
    let isOver = false
    const before = line.calls
    const written = write(7).finally(() => (isOver = true))
    // Asked more than once, and refused.
    await until('it to ask', async () => line.calls >= before + 3)
    expect(isOver).toBe(false)
    await letIn(true)
    await written
    expect(await stored()).toBe(7)
  })
})

describe('a database that takes nobody', () => {
  it('D14 is a failure of its own, not a bug of ours: whoever asked may ask again', async () => {
    await letIn(false)
    const name = new URL(direct.url).pathname.slice(1)
    const all = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`
    await runStatement(inject('postgresUrl'), all)
    try {
      await expect(write(7)).rejects.toThrow(DatabaseLostError)
      await expect(accounts.find(over.database, ACCOUNT)).rejects.toThrow(DatabaseLostError)
    } finally {
      await letIn(true)
    }
    await write(7)
    expect(await stored()).toBe(7)
  })
})

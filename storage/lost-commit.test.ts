import pino from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { Line } from '../e2e/support/line.ts'
import { runStatement } from '../e2e/support/postgres.ts'
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
    const name = new URL(direct.url).pathname.slice(1)
    const allow = (isAllowed: boolean) =>
      runStatement(inject('postgresUrl'), `alter database ${name} allow_connections ${isAllowed}`)
    await allow(false)
    line.breakAt({ isAnswer: true, text: 'COMMIT\0' })
    const written = write(7)
    const first = await Promise.race([
      written.then(() => 'written'),
      new Promise(resolve => {
        setTimeout(resolve, 1500, 'still waiting')
      }),
    ])
    await allow(true)
    await written
    expect(first).toBe('still waiting')
    expect(await stored()).toBe(7)
  })
})

describe('a database that takes nobody', () => {
  it('D14 is a failure of its own, not a bug of ours: whoever asked may ask again', async () => {
    const name = new URL(direct.url).pathname.slice(1)
    const beside = inject('postgresUrl')
    await runStatement(beside, `alter database ${name} allow_connections false`)
    await runStatement(
      beside,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
    )
    try {
      await expect(write(7)).rejects.toThrow(DatabaseLostError)
      await expect(accounts.find(over.database, ACCOUNT)).rejects.toThrow(DatabaseLostError)
    } finally {
      await runStatement(beside, `alter database ${name} allow_connections true`)
    }
    await write(7)
    expect(await stored()).toBe(7)
  })
})

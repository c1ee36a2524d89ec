import pino from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SimClock } from '../../cascade/simulation/sim-clock.ts'
import { Accounts } from '../../storage/accounts.ts'
import type { Database } from '../../storage/database.ts'
import { SecretBox } from '../../storage/secret-box.ts'
import { StoredCredentials } from './credentials.ts'
import type { TokenAnswer } from './oauth.ts'
import {
  DATABASES,
  openTestStorage,
  type TestStorage,
} from '../../storage/testing/open-test-storage.ts'

describe.each(DATABASES)('%s', kind => {
  const ACCOUNT = 7
  const DAY_MS = 24 * 3600_000
  let storage: TestStorage
  let database: Database
  beforeAll(async () => {
    storage = await openTestStorage(kind)
    database = storage.database
  })
  afterAll(() => storage.close())
  let accounts: Accounts
  let clock: SimClock
  /** Kommo's answers to renewals, in their order; afterwards each gives a new pair. */
  let answers: (TokenAnswer | 'never')[]
  let asked: { url: string; refreshToken: string }[]
  let subdomainNow: string | null

  beforeEach(async () => {
    await storage.clear()
    accounts = new Accounts(new SecretBox('a secret of some length'), 'https://radist.example')
    clock = new SimClock(() => storage.isBusy())
    answers = []
    asked = []
    subdomainNow = null
    await accounts.add(database, { id: ACCOUNT, subdomain: 'flowers' }, 0)
    await grant('first', 'refresh-0', clock.now() + DAY_MS)
    // What was just given out is not renewed.
    await clock.runUntil(clock.now() + 3600_000)
  })

  async function grant(accessToken: string, refreshToken: string | null, expiresAt: number | null) {
    const by = { userId: 504, problem: null }
    await accounts.setGrant(
      database,
      ACCOUNT,
      { accessToken, refreshToken, expiresAt },
      by,
      clock.now(),
    )
  }

  /** The tokens as one of our processes sees them. */
  function process() {
    const oauth = {
      async refresh(url: string, refreshToken: string): Promise<TokenAnswer> {
        asked.push({ url, refreshToken })
        const answer = answers.shift()
        await clock.sleepUntil(clock.now() + 50)
        if (answer && answer !== 'never') return answer
        const accessToken = `access-${asked.length}`
        const expiresAt = clock.now() + DAY_MS
        const tokens = { accessToken, refreshToken: `refresh-${asked.length}`, expiresAt }
        return { kind: 'granted', tokens }
      },
      currentSubdomain: async () => subdomainNow,
    }
    const log = pino({ level: 'silent' })
    const kommoUrl = 'https://{subdomain}.kommo.com'
    return new StoredCredentials({ accounts, clock, database, kommoUrl, log, oauth })
  }

  async function finished<T>(work: Promise<T>): Promise<T> {
    const state = { isDone: false }
    const done = work.finally(() => {
      state.isDone = true
    })
    for (let turn = 0; !state.isDone && turn < 1000; turn++) await clock.runUntil(clock.now() + 100)
    return done
  }

  describe('a token that Kommo refuses', () => {
    it('K1 is renewed once, however many requests of however many processes ask', async () => {
      const processes = [process(), process(), process()]
      const wanted = Array.from({ length: 50 }, (_, index) =>
        processes[index % 3]?.renew(ACCOUNT, 'first'),
      )
      const all = await finished(Promise.all(wanted))
      expect(asked).toEqual([{ url: 'https://flowers.kommo.com', refreshToken: 'refresh-0' }])
      expect(new Set(all.map(one => one?.kind === 'token' && one.token))).toEqual(
        new Set(['access-1']),
      )
    })

    it('has its new pair stored before anybody uses it', async () => {
      await finished(process().renew(ACCOUNT, 'first'))
      expect(await accounts.grants.find(database, ACCOUNT)).toMatchObject({
        accessToken: 'access-1',
        refreshToken: 'refresh-1',
      })
    })

    it('K3 is not given up when a sibling has renewed it meanwhile', async () => {
      answers = [{ kind: 'refused', httpStatus: 400 }]
      const work = process().renew(ACCOUNT, 'first')
      // Another process's pair comes while ours is on the way.
      await clock.runUntil(clock.now() + 10)
      await grant('sibling', 'refresh-of-sibling', clock.now() + DAY_MS)
      expect(await finished(work)).toMatchObject({ kind: 'token', token: 'sibling' })
      expect((await accounts.grants.find(database, ACCOUNT))?.problem).toBeNull()
    })

    it('does not take the place of one that a person granted meanwhile', async () => {
      const work = process().renew(ACCOUNT, 'first')
      await clock.runUntil(clock.now() + 10)
      await grant('by hand', 'refresh-by-hand', clock.now() + DAY_MS)
      expect(await finished(work)).toMatchObject({ kind: 'token', token: 'by hand' })
      expect((await accounts.grants.find(database, ACCOUNT))?.refreshToken).toBe('refresh-by-hand')
    })

    it('D3 does not take the place of what a sibling got when the lease was over', async () => {
      const work = process().renew(ACCOUNT, 'first')
      await clock.runUntil(clock.now() + 10)
      const stalled = await accounts.grants.find(database, ACCOUNT)
      if (!stalled) throw new Error('no grant')
      const expiresAt = clock.now() + DAY_MS
      const pair = { accessToken: 'sibling', refreshToken: 'refresh-of-sibling', expiresAt }
      expect(await accounts.grants.renew(database, stalled, pair, clock.now())).toBe(true)
      expect(await finished(work)).toMatchObject({ kind: 'token', token: 'sibling' })
      expect((await accounts.grants.find(database, ACCOUNT))?.accessToken).toBe('sibling')
    })

    it('K2 needs a person once Kommo says so, and is not asked for again and again', async () => {
      answers = [{ kind: 'refused', httpStatus: 400 }]
      const credentials = process()
      expect(await finished(credentials.renew(ACCOUNT, 'first'))).toEqual({ kind: 'disconnected' })
      expect((await accounts.grants.find(database, ACCOUNT))?.problem).toBe('revoked')
      for (let time = 0; time < 3; time++) {
        expect(await finished(credentials.renew(ACCOUNT, 'first'))).toEqual({
          kind: 'disconnected',
        })
      }
      await credentials.keepAlive()
      expect(asked).toHaveLength(1)
    })

    it('is good again when Kommo takes it after all, or a person grants anew', async () => {
      answers = [{ kind: 'refused', httpStatus: 400 }]
      const credentials = process()
      await finished(credentials.renew(ACCOUNT, 'first'))
      expect(await credentials.token(ACCOUNT)).toMatchObject({ kind: 'token', hasProblem: true })
      await credentials.works(ACCOUNT)
      expect(await credentials.token(ACCOUNT)).toMatchObject({ hasProblem: false })
      await grant('second', 'refresh-x', clock.now() + DAY_MS)
      expect(await credentials.token(ACCOUNT)).toMatchObject({ token: 'second' })
    })

    it('waits when Kommo does not answer: nothing is lost', async () => {
      answers = [{ kind: 'unavailable' }]
      const credentials = process()
      expect(await finished(credentials.renew(ACCOUNT, 'first'))).toEqual({ kind: 'unavailable' })
      expect(await finished(credentials.renew(ACCOUNT, 'first'))).toMatchObject({ kind: 'token' })
    })

    it('is taken over from a process that died while it renewed', async () => {
      const now = clock.now()
      expect(await accounts.grants.lease(database, ACCOUNT, now, now + 60_000)).toBe(true)
      expect(await finished(process().renew(ACCOUNT, 'first'))).toMatchObject({ token: 'access-1' })
    })

    it('is not renewed when it was just given out', async () => {
      await grant('fresh', 'refresh-f', clock.now() + DAY_MS)
      expect(await process().renew(ACCOUNT, 'fresh')).toEqual({ kind: 'unavailable' })
      expect(asked).toEqual([])
    })

    it('of a long life has nothing to renew it with', async () => {
      await grant('long-lived', null, null)
      expect(await process().renew(ACCOUNT, 'long-lived')).toEqual({ kind: 'disconnected' })
      expect(asked).toEqual([])
    })
  })

  describe('a token that comes to its end', () => {
    it('is renewed before a request needs it', async () => {
      await clock.runUntil(clock.now() + DAY_MS)
      expect(await finished(process().token(ACCOUNT))).toMatchObject({ token: 'access-1' })
    })

    it('K11 is renewed in an account that nobody uses for 80 days', async () => {
      const credentials = process()
      for (let hour = 0; hour < 80 * 24; hour += 1) {
        await clock.runUntil(clock.now() + 3600_000)
        await finished(credentials.keepAlive())
      }
      const held = await accounts.grants.find(database, ACCOUNT)
      expect((held?.expiresAt ?? 0) - clock.now()).toBeGreaterThan(0)
      expect(held?.problem).toBeNull()
      expect(asked.length).toBeGreaterThan(75)
    })

    it('is used to its last minute while Kommo does not answer', async () => {
      await clock.runUntil(clock.now() + DAY_MS - 3600_000 - 60_000)
      answers = [{ kind: 'unavailable' }]
      expect(await finished(process().token(ACCOUNT))).toMatchObject({ token: 'first' })
    })
  })

  describe('an account that has another address', () => {
    /** Kommo's access tokens name a host that does not change with the account's name. */
    const accessToken = `e30.${Buffer.from('{"api_domain":"api-c.kommo.com"}').toString('base64url')}.e30`

    it('is followed there', async () => {
      await grant(accessToken, 'refresh-0', clock.now() + DAY_MS)
      await clock.runUntil(clock.now() + 3600_000)
      answers = [{ kind: 'refused', httpStatus: 404 }]
      subdomainNow = 'roses'
      expect(await finished(process().renew(ACCOUNT, accessToken))).toMatchObject({
        kind: 'token',
        subdomain: 'roses',
      })
      expect(asked.at(-1)?.url).toBe('https://roses.kommo.com')
      expect((await accounts.find(database, ACCOUNT))?.subdomain).toBe('roses')
    })

    it('takes its name from an account that had it before', async () => {
      await accounts.add(database, { id: 8, subdomain: 'roses' }, 0)
      await accounts.moveTo(database, ACCOUNT, 'roses')
      expect((await accounts.find(database, ACCOUNT))?.subdomain).toBe('roses')
      expect((await accounts.find(database, 8))?.subdomain).toBe('moved-8')
    })
  })
})

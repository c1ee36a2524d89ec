import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decide } from '../cascade/core/decide.ts'
import type { RunEvent } from '../cascade/core/events.ts'
import { newRun, type Run } from '../cascade/core/run.ts'
import type { Database } from './database.ts'
import { listRuns, type RunFilter } from './run-list.ts'
import { insertRun, markLateNews, updateRun } from './runs.ts'
import { DATABASES, openTestStorage, type TestStorage } from './testing/open-test-storage.ts'

describe.each(DATABASES)('%s', kind => {
  let storage: TestStorage
  let db: Database
  beforeAll(async () => {
    storage = await openTestStorage(kind)
    db = storage.database
  })
  afterAll(() => storage.close())
  beforeEach(async () => {
    await storage.clear()
  })
  const ACCOUNT = 1

  type Sample = {
    id: string
    at: number
    account?: number
    lead?: number
    name?: string
    bot?: number
    messenger?: string
    connectionId?: number
    ends?: boolean
  }

  /** A run of this contact, over one connection. */
  async function store(sample: Sample): Promise<void> {
    const { id, at, account = ACCOUNT, lead = 1, name = 'Lucía', bot = 1, ends = true } = sample
    const { messenger = 'whatsapp', connectionId = 1 } = sample
    const before = newRun({
      id,
      now: at,
      lifetimeSeconds: 60,
      hasReturnUrl: true,
      writesNote: false,
    })
    const subject = {
      accountId: account,
      origin: 'bot',
      entity: { type: 'lead', id: lead },
      returnUrl: `https://s.kommo.com/api/v4/salesbot/${bot}/continue/9`,
      tokenIssuedAt: 0,
      tokenHash: id,
      message: '{}',
    } as const
    await insertRun(db, { run: before, subject }, [])
    const gathered: RunEvent = {
      type: 'gathered',
      gathered: {
        contactId: 7,
        contactName: name,
        leadName: 'Roses, 25 pcs',
        phones: ['+34612770315'],
        usernames: [],
        parts: [{ kind: 'text', text: 'Hello' }],
        warnings: [],
        existingChat: { chatId: 1, connectionId, messenger },
        steps: [],
      },
    }
    const { run } = decide(before, gathered, at)
    const outcome = { kind: 'not_delivered', reason: 'nobody_delivered' } as const
    const ended: Run = { ...run, phase: { name: 'ended', endedAt: at + 1, outcome } }
    const step = { before, run: ends ? ended : run, history: [], at, worker: null }
    await updateRun(db, account, step)
  }

  async function found(filter: RunFilter = {}, account = ACCOUNT): Promise<string[]> {
    const rows = await listRuns(db, account, filter, { before: null, limit: 50 })
    return rows.map(row => row.run.id)
  }

  describe('the list of runs', () => {
    it('has the latest first, of its own account alone', async () => {
      await store({ id: 'a', at: 1 })
      await store({ id: 'c', at: 3 })
      await store({ id: 'b', at: 2 })
      await store({ id: 'x', at: 9, account: 2 })
      expect(await found()).toEqual(['c', 'b', 'a'])
      expect(await found({}, 2)).toEqual(['x'])
    })

    it('goes on where a page ended, also among runs of the same millisecond', async () => {
      for (const id of ['a', 'b', 'c', 'd', 'e']) await store({ id, at: id === 'e' ? 9 : 5 })
      const seen: string[] = []
      let before: { createdAt: number; id: string } | null = null
      for (;;) {
        const page = await listRuns(db, ACCOUNT, {}, { before, limit: 2 })
        const last = page.at(-1)
        if (!last) break
        seen.push(...page.map(row => row.run.id))
        before = { createdAt: last.run.createdAt, id: last.run.id }
      }
      expect(seen).toEqual(['e', 'd', 'c', 'b', 'a'])
    })

    it('is narrowed down by every filter', async () => {
      await store({ id: 'a', at: 1, ends: false, bot: 4 })
      await store({ id: 'b', at: 2, lead: 22, messenger: 'max_personal', connectionId: 12 })
      await store({ id: 'c', at: 3, connectionId: 2, name: 'José da Silva' })
      await markLateNews(db, ACCOUNT, 'c')
      expect(await found({ outcome: 'open' })).toEqual(['a'])
      expect(await found({ outcome: 'not_delivered' })).toEqual(['c', 'b'])
      expect(await found({ outcome: 'delivered' })).toEqual([])
      expect(await found({ outcome: 'late' })).toEqual(['c'])
      expect(await found({ messenger: 'max_personal' })).toEqual(['b'])
      expect(await found({ messenger: 'max' })).toEqual([])
      expect(await found({ connectionId: 2 })).toEqual(['c'])
      expect(await found({ connectionId: 12 })).toEqual(['b'])
      expect(await found({ botId: 4 })).toEqual(['a'])
      expect(await found({ leadId: 22 })).toEqual(['b'])
      expect(await found({ from: 2, to: 3 })).toEqual(['b'])
      expect(await found({ outcome: 'not_delivered', messenger: 'whatsapp' })).toEqual(['c'])
    })

    it('is searched without regard to case and accents, and by number', async () => {
      await store({ id: 'a', at: 1, name: 'JOSÉ da Silva' })
      await store({ id: 'b', at: 2, name: '100%_\\', lead: 777 })
      expect(await found({ search: 'jose DA' })).toEqual(['a'])
      expect(await found({ search: 'Roses' })).toEqual(['b', 'a'])
      expect(await found({ search: '612770' })).toEqual(['b', 'a'])
      expect(await found({ search: '777' })).toEqual(['b'])
      expect(await found({ search: '#777' })).toEqual(['b'])
      expect(await found({ search: 'nobody' })).toEqual([])
    })

    it('takes what a pattern would mean as plain characters', async () => {
      await store({ id: 'a', at: 1, name: 'Ann' })
      await store({ id: 'b', at: 2, name: '100%_\\' })
      expect(await found({ search: '%' })).toEqual(['b'])
      expect(await found({ search: '_' })).toEqual(['b'])
      expect(await found({ search: '\\' })).toEqual(['b'])
      expect(await found({ search: "' or 1=1 --" })).toEqual([])
    })
  })
})

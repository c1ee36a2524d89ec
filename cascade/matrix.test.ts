import { beforeAll, describe, expect, it } from 'vitest'
import type { HistoryEntry } from '../contracts/history.ts'
import { KIND_CHAT, KIND_SEND, type ChatFate, type SendFate } from './simulation/sim-world.ts'
import {
  openSimDatabase,
  simulate,
  type Scenario,
  type SimDatabase,
  type SimResult,
} from './simulation/simulate.ts'
import { DATABASES } from '../storage/testing/open-test-storage.ts'

/**
 * Rows of the fault matrix, each by its name, on a simulated clock with the real engine and database.
 * Every one of them ends with the history checker.
 */
describe.each(DATABASES)('with %s', kind => {
  let sim: SimDatabase
  beforeAll(async () => {
    sim = await openSimDatabase(kind)
  })

  const send = (fate: Partial<SendFate> = {}): SendFate => ({ ...KIND_SEND, ...fate })
  const chat = (fate: Partial<ChatFate> = {}): ChatFate => ({ ...KIND_CHAT, ...fate })
  const silent = send({ news: 'silent' })
  const failed = send({ news: 'error' })

  async function play(change: Partial<Scenario>): Promise<SimResult> {
    const result = await simulate(sim, {
      messengers: [1, 1, 1].map(connections => ({
        connections,
        waitSeconds: 60,
        success: 'delivered',
        isOn: true,
      })),
      runs: [{ account: 0, contact: 1, atMs: 0, hasFile: false }],
      knownContacts: [],
      sendFates: [],
      chatFates: [],
      continueFates: [],
      restarts: [],
      outages: [],
      erasures: [],
      hasLimits: false,
      ...change,
    })
    expect(result.violations).toEqual([])
    return result
  }

  const messengersOf = ({ world }: SimResult) => world.calls.map(call => call.messenger)
  const outcomeOf = ({ records }: SimResult, index = 0) => {
    const phase = records[index]?.run.phase
    return phase?.name === 'ended' ? phase.outcome : null
  }
  const endedAtOf = ({ records }: SimResult) => {
    const phase = records[0]?.run.phase
    return phase?.name === 'ended' ? phase.endedAt : 0
  }
  const entriesOf = <Type extends HistoryEntry['type']>({ history }: SimResult, type: Type) =>
    history.filter((entry): entry is Extract<HistoryEntry, { type: Type }> => entry.type === type)

  describe('sending', () => {
    it('S3 the provider accepts and the answer is lost: unknown, not sent again, settled by its echo', async () => {
      const result = await play({
        sendFates: [
          send({ answer: 'lost_sent', answerMs: 20_000, echoMs: 25_000, newsMs: 26_000 }),
        ],
      })
      expect(messengersOf(result)).toEqual(['alpha'])
      expect(entriesOf(result, 'part_unknown')).toHaveLength(1)
      expect(outcomeOf(result)).toMatchObject({ kind: 'delivered', messenger: 'alpha' })
    })

    it('S3 without any evidence the deadline leads to the next messenger', async () => {
      const result = await play({ sendFates: [send({ answer: 'lost_unsent', answerMs: 20_000 })] })
      expect(messengersOf(result)).toEqual(['alpha', 'beta'])
      expect(entriesOf(result, 'attempt_failed')).toMatchObject([{ reason: 'unknown' }])
    })

    it('S4 the answer comes after we gave up: one call, and the chat that is read back gives the id', async () => {
      const never = 10 * 3600_000
      const result = await play({
        sendFates: [send({ answer: 'lost_sent', answerMs: 20_000, echoMs: never, newsMs: 30_000 })],
      })
      expect(messengersOf(result)).toEqual(['alpha'])
      expect(entriesOf(result, 'part_found')).toEqual([{ type: 'part_found', attempt: 1, part: 0 }])
      expect(outcomeOf(result)).toMatchObject({ kind: 'delivered', messenger: 'alpha' })
    })

    it('S5 refused before bytes are sent: the next messenger within a second', async () => {
      const result = await play({ sendFates: [send({ answer: 'refused', answerMs: 5 })] })
      const [first, second] = result.world.calls
      expect(messengersOf(result)).toEqual(['alpha', 'beta'])
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(1000)
    })

    it('S6 too many requests: the same messenger again, after the time that was asked for', async () => {
      const result = await play({ sendFates: [send({ answer: 'busy' })] })
      expect(messengersOf(result)).toEqual(['alpha', 'alpha'])
      const [first, second] = result.world.calls
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1500)
    })

    it('S7 no answer to the creation of a chat: repeated, since it is get-or-create', async () => {
      const result = await play({ chatFates: [chat({ answer: 'lost' }), chat({ answer: 'lost' })] })
      expect(messengersOf(result)).toEqual(['alpha'])
      expect(outcomeOf(result)).toMatchObject({ messenger: 'alpha' })
    })

    it('S8 the receipt comes before the send’s answer: delivered, no fall-through', async () => {
      const result = await play({
        sendFates: [send({ answerMs: 5000, echoMs: 10_000, newsMs: 100 })],
      })
      expect(messengersOf(result)).toEqual(['alpha'])
      expect(outcomeOf(result)).toMatchObject({ kind: 'delivered' })
    })

    it.each([
      [59_900, ['alpha']],
      [60_100, ['alpha', 'beta']],
    ])('S11 delivered %i ms after acceptance', async (newsMs, messengers) => {
      // The wait counts from the acceptance, 50 ms after the call.
      const result = await play({ sendFates: [send({ newsMs: newsMs + 50 })] })
      expect(messengersOf(result)).toEqual(messengers)
    })

    it('an error that comes before its send’s answer moves on at once', async () => {
      const result = await play({
        sendFates: [send({ news: 'error', newsMs: 100, echoMs: 50, answerMs: 5000 })],
      })
      const [first, second] = result.world.calls
      expect(messengersOf(result)).toEqual(['alpha', 'beta'])
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(6000)
    })

    it('S11 what arrives after the end is recorded as late', async () => {
      const result = await play({ sendFates: [send({ newsMs: 200_000 })] })
      expect(outcomeOf(result)).toMatchObject({ messenger: 'beta' })
      expect(entriesOf(result, 'late')).toEqual([{ type: 'late', attempt: 1, status: 'delivered' }])
    })

    it('S12 the late receipt of the first while the second waits ends the run as the first’s', async () => {
      const result = await play({ sendFates: [send({ newsMs: 70_000 }), silent] })
      expect(messengersOf(result)).toEqual(['alpha', 'beta'])
      expect(outcomeOf(result)).toMatchObject({ attempt: 1, messenger: 'alpha' })
      expect(result.world.continues).toHaveLength(1)
    })

    it('S13 receipt and deadline in the same millisecond, a thousand runs: one winner each', async () => {
      const runs = Array.from({ length: 1000 }, (_, index) => ({
        account: (index % 2) as 0 | 1,
        contact: 1 + index,
        atMs: index,
        hasFile: false,
      }))
      // The wait of 60 s counts from the acceptance, 50 ms after the call.
      const result = await play({ runs, sendFates: runs.map(() => send({ newsMs: 60_050 })) })
      expect(result.records.every((_, index) => outcomeOf(result, index) !== null)).toBe(true)
      expect(result.world.continues).toHaveLength(1000)
      const calls = new Map<string, number>()
      for (const { content } of result.world.calls)
        calls.set(content, (calls.get(content) ?? 0) + 1)
      // Whoever won, it was not both: a run that was delivered made no second call.
      expect([...calls.values()].every(count => count === 1)).toBe(true)
    })

    it('S14 all messengers fail: the bot goes on with "fail", once, within two seconds', async () => {
      const result = await play({ sendFates: [failed, failed, failed] })
      expect(messengersOf(result)).toEqual(['alpha', 'beta', 'gamma'])
      const [continued, ...others] = result.world.continues
      expect(continued?.status).toBe('fail')
      expect(others).toEqual([])
      expect((continued?.at ?? 0) - endedAtOf(result)).toBeLessThanOrEqual(2000)
    })

    it('S15 the existing chat refuses: the cascade goes on, and its messenger is not tried again', async () => {
      const result = await play({ knownContacts: [1], sendFates: [send({ answer: 'refused' })] })
      expect(messengersOf(result)).toEqual(['alpha', 'beta'])
      expect(entriesOf(result, 'messenger_skipped')).toMatchObject([
        { messenger: 'alpha', reason: 'existing_chat_was_its_attempt' },
      ])
    })

    it('S16 a reply during the wait counts as delivery, and nothing more is sent', async () => {
      const result = await play({ sendFates: [send({ news: 'reply', newsMs: 5000 })] })
      expect(messengersOf(result)).toEqual(['alpha'])
      expect(outcomeOf(result)).toMatchObject({ kind: 'delivered', by: 'reply' })
    })

    it('S17 P3 a contact erased during the cascade: no later call, the bot goes on, nothing personal stays', async () => {
      const result = await play({
        sendFates: [silent],
        erasures: [{ account: 0, contact: 1, atMs: 30_000 }],
      })
      expect(messengersOf(result)).toEqual(['alpha'])
      expect(outcomeOf(result)).toEqual({ kind: 'not_delivered', reason: 'contact_erased' })
      expect(result.world.continues.map(call => call.accepted)).toEqual([true])
      const { id } = result.records[0]?.run ?? { id: '' }
      const rows = await sim.database.selectFrom('runs').selectAll().where('id', '=', id).execute()
      expect(JSON.stringify(rows)).not.toMatch(/\+34|Contact 1|text of run/u)
    })

    it('S17 a contact erased while it is read is not brought back', async () => {
      const result = await play({ erasures: [{ account: 0, contact: 1, atMs: 10 }] })
      expect(messengersOf(result)).toEqual([])
      expect(outcomeOf(result)).toEqual({ kind: 'not_delivered', reason: 'contact_erased' })
    })

    it('S17 what queues behind the limiter does not leave after the contact was erased', async () => {
      const runs = [0, 1, 2, 3, 4, 5].map(index => ({
        account: 0 as const,
        contact: 1 + index,
        atMs: 0,
        hasFile: false,
      }))
      const erasures = [{ account: 0 as const, contact: 6, atMs: 300 }]
      const result = await play({ runs, hasLimits: true, erasures })
      const erased = result.records.find(({ run }) => run.gathered?.contactId === 6)
      const outcome = erased?.run.phase.name === 'ended' ? erased.run.phase.outcome : null
      expect(outcome).toEqual({ kind: 'not_delivered', reason: 'contact_erased' })
      expect(result.world.calls).toHaveLength(5)
    })

    it('S18 two runs of one contact in the same second: one after the other, no crossed receipts', async () => {
      const run = { account: 0, contact: 1, atMs: 0, hasFile: false } as const
      const result = await play({ runs: [run, run], sendFates: [send({ newsMs: 30_000 })] })
      expect(result.world.calls).toHaveLength(2)
      const [first, second] = result.world.calls
      expect(second?.at).toBeGreaterThanOrEqual((first?.at ?? 0) + 30_000)
      expect(outcomeOf(result, 0)).toMatchObject({ kind: 'delivered' })
      expect(outcomeOf(result, 1)).toMatchObject({ kind: 'delivered' })
    })
  })

  describe('durability', () => {
    it('D2 a restart in the middle of the wait does not move the deadline', async () => {
      const result = await play({ sendFates: [silent], restarts: [{ atMs: 20_000, downMs: 5000 }] })
      const [first, second] = result.world.calls
      const waited = (second?.at ?? 0) - (first?.at ?? 0)
      expect(waited).toBeGreaterThanOrEqual(60_000)
      expect(waited).toBeLessThanOrEqual(61_000)
    })

    it('D2 after a long stop receipts have 30 seconds to come again', async () => {
      const result = await play({
        sendFates: [send({ newsMs: 90_000 })],
        restarts: [{ atMs: 20_000, downMs: 300_000 }],
      })
      expect(messengersOf(result)).toEqual(['alpha'])
      expect(outcomeOf(result)).toMatchObject({ kind: 'delivered', messenger: 'alpha' })
    })

    it('D8 one timer and nothing else: it fires in time', async () => {
      const result = await play({ sendFates: [silent] })
      const [, second] = result.world.calls
      expect(second?.at).toBeLessThanOrEqual(62_000)
    })

    it('D5 D14 the database is away in whatever moment: what waits for its turn has it afterwards', async () => {
      // More than may be under way at once, so that some wait for others.
      const runs = Array.from({ length: 24 }, (_, index) => ({
        account: 0 as const,
        contact: 1 + index,
        atMs: 0,
        hasFile: false,
      }))
      for (let atMs = 1; atMs <= 700; atMs += kind === 'SQLite' ? 5 : 50) {
        const result = await play({ runs, outages: [{ atMs, forMs: 400 }] })
        const kinds = runs.map((_, index) => outcomeOf(result, index)?.kind)
        expect(new Set(kinds)).toEqual(new Set(['delivered']))
      }
    })

    it('D15 many waiting runs all resume after a restart', async () => {
      const runs = Array.from({ length: 60 }, (_, index) => ({
        account: (index % 2) as 0 | 1,
        contact: 1 + (index % 50),
        atMs: index,
        hasFile: false,
      }))
      const sendFates = runs.map(() => silent)
      const result = await play({ runs, sendFates, restarts: [{ atMs: 30_000, downMs: 20_000 }] })
      expect(result.records.every(({ run }) => run.phase.name === 'ended')).toBe(true)
      expect(result.records).toHaveLength(60)
    })
  })

  describe('round robin', () => {
    const many = Array.from({ length: 40 }, (_, index) => ({
      account: 0 as const,
      contact: 1 + index,
      atMs: 0,
      hasFile: false,
    }))
    const fourConnections: Scenario['messengers'] = [
      { connections: 4, waitSeconds: 60, success: 'delivered', isOn: true },
    ]
    const countsOf = ({ world }: SimResult) => {
      const counts = new Map<number, number>()
      for (const { connectionId } of world.calls)
        counts.set(connectionId, (counts.get(connectionId) ?? 0) + 1)
      return [...counts.values()].toSorted((a, b) => a - b)
    }

    it('R1 forty runs at once over four connections: ten each', async () => {
      const result = await play({ runs: many, messengers: fourConnections })
      expect(countsOf(result)).toEqual([10, 10, 10, 10])
    })

    it('R3 a connection that refuses does not burn its neighbours’ turns', async () => {
      const result = await play({
        runs: many,
        messengers: fourConnections,
        chatFates: [chat({ answer: 'connection' })],
      })
      // The one that rests takes no further part; the other three share what came after.
      expect(result.world.calls).toHaveLength(40)
      const counts = countsOf(result)
      expect((counts.at(-1) ?? 0) - (counts.at(-3) ?? 0)).toBeLessThanOrEqual(1)
    })

    it('R4 after a restart the turns go on where they were', async () => {
      const runs = many.slice(0, 8).map((run, index) => ({ ...run, atMs: index * 10_000 }))
      const restarts = [{ atMs: 35_000, downMs: 1000 }]
      const result = await play({ runs, messengers: fourConnections, restarts })
      expect(countsOf(result)).toEqual([2, 2, 2, 2])
    })
  })

  describe('fairness', () => {
    const flood = Array.from({ length: 300 }, (_, index) => ({
      account: 0 as const,
      contact: 1 + (index % 50),
      atMs: 0,
      hasFile: false,
    }))
    const single = { account: 1, contact: 1, atMs: 5, hasFile: false } as const

    it('R5 one account floods: another’s single message leaves within two seconds', async () => {
      const result = await play({ runs: [...flood, single], hasLimits: true })
      const mine = result.records.at(-1)
      const call = result.world.calls.find(({ accountId }) => accountId === mine?.accountId)
      expect(call?.at).toBeLessThan(2000)
    })

    it('R6 one account’s provider hangs: another’s messages take no longer than alone', async () => {
      const timesOf = ({ world, records }: SimResult) =>
        world.calls
          .filter(call => call.accountId === records.at(-1)?.accountId)
          .map(call => call.at)
      const alone = await play({ runs: [single] })
      const hanging = flood.slice(0, 10)
      const chatFates = hanging.map(() => chat({ answer: 'lost', answerMs: 20_000 }))
      const result = await play({ runs: [...hanging, { ...single, contact: 20 }], chatFates })
      expect(timesOf(alone)).toHaveLength(1)
      expect(timesOf(result)).toEqual(timesOf(alone))
    })
  })

  describe('continue', () => {
    it('K10 another bot runs on the deal by now: the refusal is final, and is not asked again', async () => {
      const result = await play({ continueFates: ['refused'] })
      expect(result.records[0]?.run.continuation).toEqual({ state: 'settled', as: 'refused' })
      expect(result.world.continues).toHaveLength(1)
    })

    it('K7 a failed continue is tried again, and the bot goes on once', async () => {
      const result = await play({ continueFates: ['failed', 'failed', 'failed'] })
      expect(result.world.continues.map(call => call.accepted)).toEqual([false, false, false, true])
    })

    it('K7 a crash between continue and its answer: the second one finds nobody waiting', async () => {
      // Delivered 500 ms after the send at 70 ms; continue leaves then and needs 20 ms.
      const result = await play({ restarts: [{ atMs: 580, downMs: 1000 }] })
      expect(result.world.continues.map(call => call.accepted)).toEqual([true, false])
      expect(result.records[0]?.run.continuation).toEqual({ state: 'settled', as: 'gone' })
    })

    it('K14 carries flat strings and nothing else', async () => {
      const result = await play({})
      const [{ data } = { data: {} }] = result.world.continues
      expect(Object.keys(data).toSorted()).toEqual(['attempts', 'messenger', 'run', 'status'])
      expect(Object.values(data).every(value => typeof value === 'string')).toBe(true)
    })
  })
})

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { predict } from './reference-model.ts'
import type { ChatFate, SendFate } from './sim-world.ts'
import { openSimDatabase, simulate, type Scenario, type SimDatabase } from './simulate.ts'

/**
 * How many random histories, and of which seed: always the same ones, unless `SIMULATION_RUNS` and
 * `SIMULATION_SEED` ask for others. A failure prints its seed and path.
 */
const RUNS = Number(process.env['SIMULATION_RUNS'] ?? 2000)
const SEED = Number(process.env['SIMULATION_SEED'] ?? 1)

const sendFate: fc.Arbitrary<SendFate> = fc.record({
  answer: fc.constantFrom(
    'ok',
    'ok',
    'ok',
    'lost_sent',
    'lost_unsent',
    'refused',
    'connection',
    'busy',
  ),
  answerMs: fc.integer({ min: 1, max: 20_000 }),
  echoMs: fc.integer({ min: 0, max: 30_000 }),
  news: fc.constantFrom('delivered', 'delivered', 'read', 'error', 'silent', 'silent', 'reply'),
  newsMs: fc.integer({ min: 0, max: 150_000 }),
  isDoubled: fc.boolean(),
})
const chatFate: fc.Arbitrary<ChatFate> = fc.record({
  answer: fc.constantFrom('ok', 'ok', 'ok', 'refused', 'connection', 'lost', 'busy'),
  answerMs: fc.integer({ min: 1, max: 10_000 }),
})
const scenario: fc.Arbitrary<Scenario> = fc.record({
  messengers: fc.array(
    fc.record({
      connections: fc.integer({ min: 0, max: 3 }),
      waitSeconds: fc.integer({ min: 1, max: 90 }),
      success: fc.constantFrom('delivered', 'delivered', 'read', 'accepted'),
      isOn: fc.constantFrom(true, true, true, false),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  runs: fc.array(
    fc.record({
      account: fc.constantFrom(0, 1),
      contact: fc.integer({ min: 1, max: 3 }),
      atMs: fc.integer({ min: 0, max: 100_000 }),
      hasFile: fc.boolean(),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  knownContacts: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
  sendFates: fc.array(sendFate, { maxLength: 14 }),
  chatFates: fc.array(chatFate, { maxLength: 8 }),
  continueFates: fc.array(fc.constantFrom('accepted', 'failed'), { maxLength: 4 }),
  erasures: fc.array(
    fc.record({
      account: fc.constantFrom(0, 1),
      contact: fc.integer({ min: 1, max: 3 }),
      atMs: fc.integer({ min: 0, max: 200_000 }),
    }),
    { maxLength: 1 },
  ),
  hasLimits: fc.boolean(),
  restarts: fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 200_000 }),
      downMs: fc.integer({ min: 1, max: 60_000 }),
    }),
    { maxLength: 2 },
  ),
  outages: fc.array(
    fc.record({
      atMs: fc.integer({ min: 1, max: 200_000 }),
      forMs: fc.integer({ min: 1, max: 30_000 }),
    }),
    { maxLength: 2 },
  ),
})

/**
 * One run that nothing interrupts, whose echoes come after the answers, and replies not in the same
 * millisecond: what the model knows of.
 */
const lonely: fc.Arbitrary<Scenario> = fc
  .record({ scenario, hasFile: fc.boolean(), contact: fc.integer({ min: 1, max: 3 }) })
  .map(({ scenario: one, hasFile, contact }) => ({
    ...one,
    runs: [{ account: 0, contact, atMs: 0, hasFile }],
    sendFates: one.sendFates.map(fate => ({
      ...fate,
      answer: fate.answer === 'lost_sent' ? 'ok' : fate.answer,
      echoMs: fate.answerMs + 1,
      news: fate.news === 'reply' && hasFile ? 'delivered' : fate.news,
      newsMs:
        fate.news === 'reply' && fate.newsMs === fate.answerMs ? fate.newsMs + 1 : fate.newsMs,
    })),
    continueFates: [],
    restarts: [],
    outages: [],
    erasures: [],
    hasLimits: false,
  }))

/** A history takes PostgreSQL twenty times as long: it answers over a line. */
describe.each([
  ['SQLite', RUNS],
  ['PostgreSQL', Math.ceil(RUNS / 20)],
] as const)('with %s', (kind, HISTORIES) => {
  let sim: SimDatabase
  beforeAll(async () => {
    sim = await openSimDatabase(kind)
  })

  describe('one run', () => {
    it('does what the reference model says', { timeout: 600_000 }, async () => {
      let delivered = 0
      await fc.assert(
        fc.asyncProperty(lonely, async one => {
          const { violations, world, records } = await simulate(sim, one)
          const phase = records[0]?.run.phase
          const outcome = phase?.name === 'ended' ? phase.outcome : null
          const deliveredBy = outcome?.kind === 'delivered' ? outcome.messenger : null
          const calls = world.calls.map(call => call.messenger)
          expect(violations).toEqual([])
          expect({ calls, deliveredBy }).toEqual(predict(one))
          if (deliveredBy) delivered += 1
        }),
        { numRuns: Math.ceil(HISTORIES / 2), seed: SEED },
      )
      expect(delivered).toBeGreaterThan(HISTORIES / 16)
    })
  })

  describe('random histories', () => {
    it(
      'keep every promise, whatever fails, and whenever the process or the database dies',
      { timeout: 3_600_000 },
      async () => {
        let delivered = 0
        await fc.assert(
          fc.asyncProperty(scenario, async one => {
            const { violations, records } = await simulate(sim, one)
            delivered += records.filter(
              ({ run }) => run.phase.name === 'ended' && run.phase.outcome.kind === 'delivered',
            ).length
            expect(violations).toEqual([])
          }),
          { numRuns: HISTORIES, seed: SEED },
        )
        // A run of only failures would prove nothing.
        expect(delivered).toBeGreaterThan(HISTORIES / 4)
      },
    )
  })
})

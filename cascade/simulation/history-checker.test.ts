import { beforeAll, describe, expect, it } from 'vitest'
import { checkHistory, type ProviderCall, type WorldHistory } from './history-checker.ts'
import { openSimDatabase, simulate, type Scenario, type SimResult } from './simulate.ts'

/** Two messengers; the first stays silent, the second delivers. */
const SCENARIO: Scenario = {
  messengers: [
    { connections: 1, waitSeconds: 10, success: 'delivered', isOn: true },
    { connections: 1, waitSeconds: 10, success: 'delivered', isOn: true },
  ],
  runs: [{ account: 0, contact: 1, atMs: 0, hasFile: false }],
  knownContacts: [],
  sendFates: [
    { answer: 'ok', answerMs: 50, echoMs: 60, news: 'silent', newsMs: 0, isDoubled: false },
  ],
  chatFates: [],
  continueFates: [],
  restarts: [],
  outages: [],
  erasures: [],
  hasLimits: false,
}

let good: SimResult
let silent: SimResult
beforeAll(async () => {
  const sim = await openSimDatabase('SQLite')
  good = await simulate(sim, SCENARIO)
  const [fate] = SCENARIO.sendFates
  silent = await simulate(sim, { ...SCENARIO, sendFates: fate ? [fate, fate] : [] })
})

type Break = (history: SimResult) => { world: WorldHistory; records: SimResult['records'] }
const world = (change: (world: WorldHistory) => Partial<WorldHistory>): Break => {
  return result => ({
    records: result.records,
    world: { ...result.world, ...change(result.world) },
  })
}
const calls = (change: (calls: readonly ProviderCall[]) => readonly ProviderCall[]): Break =>
  world(({ calls: all }) => ({ calls: change(all) }))

describe('the history checker', () => {
  it('finds nothing in a good history, delivered or not', () => {
    expect(good.violations).toEqual([])
    expect(good.world.calls).toHaveLength(2)
    expect(silent.violations).toEqual([])
    expect(silent.records[0]?.run.phase).toMatchObject({ outcome: { kind: 'not_delivered' } })
  })

  it.each<[string, Break, RegExp]>([
    ['a second send into a chat', calls(all => [...all, ...all.slice(1)]), /twice into chat/u],
    [
      'a send after the end',
      calls(all => all.map(call => ({ ...call, at: 1e7 }))),
      /sent after its end.*sent after its lifetime/su,
    ],
    [
      'another account’s send',
      calls(all => all.map(call => ({ ...call, accountId: 1 }))),
      /another account/u,
    ],
    ['messengers out of order', calls(all => all.toReversed()), /in the order 1, 0/u],
    [
      'a continue twice',
      world(({ continues }) => ({ continues: [...continues, ...continues] })),
      /2 accepted continues/u,
    ],
    ['no continue', world(() => ({ continues: [] })), /0 accepted continues/u],
    [
      'another outcome told to the bot',
      world(({ continues }) => ({
        continues: continues.map(call => ({ ...call, status: 'fail' })),
      })),
      /another outcome/u,
    ],
    ['a delivery that was none', world(() => ({ delivered: [] })), /but was not/u],
    [
      'a run that is stuck',
      ({ world: history, records }) => ({
        world: history,
        records: records.map(record => ({
          ...record,
          run: { ...record.run, phase: { name: 'gathering' } },
        })),
      }),
      /is stuck in gathering/u,
    ],
  ])('finds %s', (_name, broken, violation) => {
    const { world: history, records } = broken(good)
    expect(checkHistory(history, records).join('\n')).toMatch(violation)
  })

  it('finds a delivery that was known, but not told', () => {
    const content = silent.records[0]?.contents[0] ?? ''
    const accountId = silent.records[0]?.accountId ?? 0
    const told = { ...silent.world, delivered: [{ at: 5, accountId, content, isTaken: true }] }
    expect(checkHistory(told, silent.records).join('\n')).toMatch(/though the delivery was known/u)
  })
})

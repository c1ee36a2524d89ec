import { describe, expect, it } from 'vitest'
import { FAULTS, type Fault } from '../emulators/radist/faults.ts'
import { writeMessage } from '../contracts/message.ts'
import { Stack } from '../e2e/support/stack.ts'
import { until } from '../e2e/support/until.ts'
import { openDatabase, type Database } from '../storage/database.ts'

/**
 * D5: the real process under load, with Radist failing in every way it can, is killed with SIGKILL at
 * random moments, ten times. Afterwards the history checker finds nothing lost, doubled or stuck.
 * `CHAOS_ROUNDS` asks for more rounds; a round's seed is in its name.
 */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 1)
const FIRST_SEED = Number(process.env['CHAOS_SEED'] ?? 1)
const KILLS = 10
const RUNS = 40
const FIRST_LEAD = 2014
const LEADS = 14

/** What leaves the connections as they are; the states that need a repair come from the round itself. */
const LASTING: ReadonlySet<Fault> = new Set([
  'connection_logged_out',
  'connection_unpaid',
  'chat_blacklisted',
  'dialog_quota_exhausted',
  'late_receipt',
])
const CHANCES = Object.fromEntries(FAULTS.map(fault => [fault, LASTING.has(fault) ? 0.01 : 0.05]))

describe('chaos', () => {
  const seeds = Array.from({ length: ROUNDS }, (_, round) => FIRST_SEED + round)
  it.each(seeds)('D5 killed ten times under load, seed %i', { timeout: 300_000 }, async seed => {
    const stack = await Stack.start({ LOG_LEVEL: 'silent' })
    const database = await openDatabase(`sqlite:${stack.settings.dataFolder}/cascade.db`)
    const random = randomOf(seed)
    try {
      const bot = await stack.makeBot(writeMessage({ version: 1, text: 'Hello [Contact.Name]' }))
      const faults = { seed, chances: CHANCES, lateMs: 3000 }
      await stack.post(`${stack.radistUrl}/ui/faults`, faults)
      for (let run = 0; run < RUNS; run++) {
        const leadId = FIRST_LEAD + Math.floor(random() * LEADS)
        await stack.post(`${stack.kommoUrl}/ajax/bots/${bot}/run`, { leadId })
        await pause(random() * 300)
        if (run % (RUNS / KILLS) !== 0) continue
        await stack.killProduct()
        await stack.startProductAgain()
      }
      await stack.post(`${stack.radistUrl}/ui/faults`, { seed, chances: {} })
      await until('all runs', async () => (await openRuns(database)) === 0, 240_000)
    } finally {
      await database.destroy()
    }
    const { runs, sends } = await stack.stop({ isComplete: true })
    // A round in which only failures happened would prove nothing.
    const delivered = runs.filter(
      run => run.phase.name === 'ended' && run.phase.outcome.kind === 'delivered',
    )
    expect(runs.length).toBeGreaterThan(RUNS / 2)
    expect(delivered.length).toBeGreaterThan(RUNS / 4)
    expect(sends).toBeGreaterThanOrEqual(delivered.length)
  })
})

async function openRuns(database: Database): Promise<number> {
  const { count } = await database
    .selectFrom('runs')
    .select(expression => expression.fn.countAll<number>().as('count'))
    .where('is_settled', '=', 0)
    .executeTakeFirstOrThrow()
  return count
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms)
  })
}

/** A linear congruential generator: enough to choose moments by a seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

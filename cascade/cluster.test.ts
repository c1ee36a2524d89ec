import { describe, expect, it } from 'vitest'
import { writeMessage } from '../contracts/message.ts'
import { Cluster } from '../e2e/support/cluster.ts'
import { until } from '../e2e/support/until.ts'
import { createTestDatabase } from '../storage/testing/open-test-storage.ts'

/**
 * Three processes on one PostgreSQL database, behind a balancer that gives each request to another one. Every
 * test ends with the history checker: nothing lost, doubled or stuck.
 */
const MESSAGE = writeMessage({ version: 1, text: 'Hello [Contact.Name]' })
const FIRST_LEAD = 2014
const LEADS = 14

async function runBots(cluster: Cluster, count: number): Promise<void> {
  const bot = await cluster.makeBot(MESSAGE)
  for (let run = 0; run < count; run++) {
    const leadId = FIRST_LEAD + (run % LEADS)
    await cluster.post(`${cluster.kommoUrl}/ajax/bots/${bot}/run`, { leadId })
  }
}

/** As many bots have gone on as were started. */
async function finished(cluster: Cluster, count: number): Promise<void> {
  await until(
    'all bots',
    async () =>
      (await cluster.kommoLog()).runs.filter(run => run.state === 'finished').length === count,
    90_000,
  )
}

describe('three processes', () => {
  it('deliver, whichever of them gets the hook, the receipt and the wake-up', async () => {
    const cluster = await Cluster.start(await createTestDatabase())
    await cluster.react('whatsapp', 'silent')
    await runBots(cluster, 24)
    await finished(cluster, 24)
    const { runs } = await cluster.stop({ isComplete: true })
    expect(runs.filter(run => run.phase.name === 'ended')).toHaveLength(24)
  })
})

import { describe, expect, it } from 'vitest'
import { writeMessage } from '../contracts/message.ts'
import { FAILPOINTS, UNKNOWN_FAILPOINTS } from '../e2e/support/failpoints.ts'
import { Stack } from '../e2e/support/stack.ts'
import { until } from '../e2e/support/until.ts'

/**
 * The real process is killed with SIGKILL at a named place, started again, and must bring every run to
 * its one right end: nothing lost, nothing sent twice, nothing stuck. (Fault matrix D1.)
 */
const MESSAGE = writeMessage({ version: 1, text: 'Hello [Contact.Name]' })
const LEAD = 2015

/** @param waitSeconds longer than Radist takes to repeat a webhook, where one is to settle an unknown send */
async function runWithCrash(failpoint: string, waitSeconds = 8): Promise<Stack> {
  const stack = await Stack.start({
    LOG_LEVEL: 'silent',
    DELIVERY_WAIT_SECONDS: String(waitSeconds),
    FAILPOINT: failpoint,
  })
  const bot = await stack.makeBot(MESSAGE)
  await stack.post(`${stack.kommoUrl}/ajax/bots/${bot}/run`, { leadId: LEAD })
  await stack.productDied()
  await stack.startProductAgain({ FAILPOINT: '' })
  return stack
}

async function finished(stack: Stack, withinMs: number): Promise<string[]> {
  const find = async () => (await stack.kommoLog()).runs[0]
  await until('the bot', async () => (await find())?.state === 'finished', withinMs)
  return (await find())?.log.map(line => line.text) ?? []
}

describe.concurrent('D1 killed', () => {
  it.each(FAILPOINTS)('at "%s", the run ends as delivered, sent once', async failpoint => {
    const stack = await runWithCrash(failpoint)
    try {
      expect(await finished(stack, 45_000)).toContain('Left through “Delivered”')
      expect(await stack.sends()).toHaveLength(1)
      const { calls, notes } = await stack.kommoLog()
      const continues = calls.filter(
        call => call.path.includes('/continue/') && call.status === 202,
      )
      expect(continues).toHaveLength(1)
      expect(notes.length).toBeLessThanOrEqual(1)
    } finally {
      await stack.stop()
    }
  })

  it.each(UNKNOWN_FAILPOINTS)(
    'at "%s", it is unknown and the next messenger delivers',
    async failpoint => {
      const stack = await runWithCrash(failpoint, 2)
      try {
        expect(await finished(stack, 60_000)).toContain('Left through “Delivered”')
        expect((await stack.sends()).map(send => send.connectionId)).toEqual([3])
      } finally {
        await stack.stop()
      }
    },
  )

  it('before the hook was stored: Kommo gets no 200, and nothing is half-written', async () => {
    const stack = await runWithCrash('hook: before its commit')
    try {
      const [run] = (await stack.kommoLog()).runs
      expect(run?.log.map(line => line.text).join()).toContain('Hook answered nothing')
      expect(await stack.sends()).toEqual([])
    } finally {
      await stack.stop()
    }
  })
})

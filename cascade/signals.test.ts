import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeMessage } from '../contracts/message.ts'
import { Stack } from '../e2e/support/stack.ts'
import { until } from '../e2e/support/until.ts'

/** The real process under the signals that systems send it. */
const MESSAGE = writeMessage({ version: 1, text: 'Hello [Contact.Name]' })
const LEAD = 2017

async function outcome(stack: Stack): Promise<string> {
  const find = async () => (await stack.kommoLog()).runs[0]
  await until('the bot', async () => (await find())?.state === 'finished', 60_000)
  return (await find())?.log.map(line => line.text).join() ?? ''
}

describe.concurrent('the process', () => {
  it('D3 stopped for longer than its wait: nobody takes its work meanwhile, and it goes on', async () => {
    const stack = await Stack.start({ LOG_LEVEL: 'silent' })
    await stack.react('whatsapp', 'silent')
    const bot = await stack.makeBot(MESSAGE)
    await stack.post(`${stack.kommoUrl}/ajax/bots/${bot}/run`, { leadId: LEAD })
    await until('the send', async () => (await stack.sends()).length === 1)
    stack.product.process.kill('SIGSTOP')
    // A second process on the same data gives up with a reason, however long the first one is silent.
    const second = spawn(process.execPath, [path.resolve(import.meta.dirname, '../api/main.ts')], {
      env: { ...process.env, ...stack.product.environment, LOG_LEVEL: 'warn', PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const output of [second.stdout, second.stderr]) {
      output.on('data', chunk => {
        said += String(chunk)
      })
    }
    await once(second, 'close')
    expect(second.exitCode).not.toBe(0)
    expect(said).toContain('Another process already works on the data folder')
    stack.product.process.kill('SIGCONT')
    expect(await outcome(stack)).toContain('Left through “Delivered”')
    expect((await stack.sends()).map(send => send.connectionId)).toEqual([1, 3])
    await stack.stop()
  })

  it('D4 told to stop during a send: the answer is still taken, and nothing is sent twice', async () => {
    const stack = await Stack.start({ LOG_LEVEL: 'silent' })
    await stack.post(`${stack.radistUrl}/ui/faults`, { once: ['answer_after_receipt'] })
    const bot = await stack.makeBot(MESSAGE)
    await stack.post(`${stack.kommoUrl}/ajax/bots/${bot}/run`, { leadId: LEAD })
    await until('the send', async () => (await stack.sendsTaken()) === 1)
    stack.product.process.kill('SIGTERM')
    await stack.productDied()
    expect(stack.product.process.exitCode).toBe(0)
    await stack.startProductAgain()
    expect(await outcome(stack)).toContain('Left through “Delivered”')
    expect(await stack.sends()).toHaveLength(1)
    await stack.stop()
  })
})

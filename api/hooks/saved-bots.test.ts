import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { stepWithCode } from '../../e2e/support/bot-step.ts'
import { until } from '../../e2e/support/until.ts'

/**
 * A step's code is frozen when its bot is saved, so what a released widget once wrote runs for ever.
 * Each release adds a file to `saved-bots/`; none is ever changed.
 */
const FOLDER = path.join(import.meta.dirname, 'saved-bots')

let stack: Awaited<ReturnType<typeof startInProcess>>
beforeAll(async () => {
  stack = await startInProcess()
})
afterAll(() => stack.stop())

describe('a bot saved by', () => {
  it.each(readdirSync(FOLDER))('%s still delivers its message', async file => {
    const code = readFileSync(path.join(FOLDER, file), 'utf8').replaceAll('SERVER_URL', stack.url)
    const bot = stack.kommo.bots.create(file)
    expect(stack.kommo.bots.save({ ...bot, blocks: [stepWithCode(code)] })).toBeNull()
    const run = stack.kommo.runner.start(bot.id, 2001)
    await until('the bot', async () => run?.state === 'finished')
    expect(run?.log.some(line => line.text === 'Left through “Delivered”')).toBe(true)
    const sent = stack.radist.world.sends.map(send => JSON.stringify(send))
    expect(sent.some(one => one.includes('Hello Lucía, {{lead.price}} Red'))).toBe(true)
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { Stack } from '../e2e/support/stack.ts'
import { until } from '../e2e/support/until.ts'
import { PEOPLE } from '../emulators/shared/people.ts'

/**
 * What the product writes down of a day on which everything went wrong, at its most talkative, and what
 * its database holds as it lies on the disk.
 */
const TEXT = 'Secret words for you, [Contact.Name]\nsecond line "quoted" {"level":60}'
let stack: Stack
let log = ''
let disk = ''

beforeAll(async () => {
  stack = await Stack.start({ LOG_LEVEL: 'trace' }, 'widget', undefined, text => {
    log += text
  })
  const bot = await stack.makeBot(JSON.stringify({ version: 1, text: TEXT }))
  const run = async (leadId: number) => {
    await stack.post(`${stack.kommoUrl}/ajax/bots/${bot}/run`, { leadId })
    await until(`lead ${leadId}`, async () => {
      const { runs } = await stack.kommoLog()
      return runs.some(one => one.leadId === leadId && one.state === 'finished')
    })
  }
  await run(2002)
  const faults = [
    'server_error_after_send',
    'answer_cut_after_send',
    'chat_refused',
    'delivery_error',
    'connection_logged_out',
    'too_many_requests',
  ]
  for (const [index, fault] of faults.entries()) {
    await stack.post(`${stack.radistUrl}/ui/faults`, { once: [fault] })
    await run(2013 + index)
  }
  // What strangers send, and what nobody understands.
  const hook = `${stack.product.url}/hooks/kommo/salesbot`
  await fetch(hook, { method: 'POST', body: new URLSearchParams({ token: 'eyJ.secret.token' }) })
  await fetch(hook, { method: 'POST', body: '{"token":' })
  await stack.post(`${stack.product.url}/hooks/radist/some-secret`, { phone: '+34612770316' })
  const secret = await radistSecret()
  await stack.post(`${stack.product.url}/hooks/radist/${secret}`, {
    event_type: 'messages.strange\n{"level":60,"msg":"forged"}',
    event: { chat: { phone: '34612770316' } },
  })
  await fetch(`${stack.product.url}/oauth/kommo/callback?code=secret-code&state=secret-state`)
  await stack.post(`${stack.radistUrl}/ui/connection`, { connectionId: 1, state: 'unpaid' })
  await run(2025)
  await stack.killProduct()
  const folder = stack.settings.dataFolder
  disk = readdirSync(folder)
    .filter(file => file.startsWith('cascade.db'))
    .map(file => readFileSync(path.join(folder, file), 'latin1'))
    .join('')
  await stack.stop()
}, 120_000)
afterAll(() => undefined)

/** Where Radist was told to call. */
async function radistSecret(): Promise<string> {
  const { calls } = await stack.radistLog()
  const made = calls.find(call => /\/webhooks\/?$/u.test(call.path) && call.method === 'POST')
  return z.object({ url: z.string() }).parse(made?.body).url.split('/').at(-1) ?? ''
}

it('P1 no phone, name, text, token, secret or link is in the log', () => {
  expect(log).toContain('listening')
  expect(log.split('\n').length).toBeGreaterThan(5)
  const secrets = [
    'Secret words',
    'demo-kommo-long-lived-token',
    'demo-radist-key',
    'demo-client-secret',
    'secret-code',
    'secret-state',
    'secret.token',
    'def50200',
    '/hooks/radist/',
    '/files/',
    'Bearer',
    'eyJ',
    '@mail.example',
  ]
  for (const secret of secrets) expect(log.includes(secret), secret).toBe(false)
  for (const { firstName, phone, username } of PEOPLE) {
    expect(log.includes(firstName), firstName).toBe(false)
    const digits = phone?.replaceAll(/\D/gu, '') ?? ''
    if (digits.length > 6) expect(log.includes(digits.slice(-7)), digits).toBe(false)
    if (username) expect(log.includes(username.replace('@', '')), username).toBe(false)
  }
})

it('P4 each line is one entry of ours, whatever was sent', () => {
  const lines = log.split('\n').filter(line => line.trim() !== '')
  const entries = lines.map(line => JSON.parse(line) as { level: number; msg?: string })
  expect(entries.every(entry => entry.level < 60 && entry.msg !== 'forged')).toBe(true)
})

it('P1 runs are told apart by their ids', () => {
  const entries = log
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as { run?: string })
  const ids = new Set(entries.flatMap(entry => entry.run ?? []))
  expect(ids.size).toBeGreaterThan(5)
})

it('P5 tokens and keys are not readable in the database’s files', () => {
  expect(disk).toContain('SQLite format 3')
  for (const secret of ['demo-kommo-long-lived-token', 'demo-radist-key', 'def50200', 'eyJhbGci']) {
    expect(disk.includes(secret), secret).toBe(false)
  }
})

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../e2e/support/until.ts'
import { LONG_LIVED_TOKEN } from './account.ts'
import { startKommo } from './server.ts'

/** The runner executes a saved bot as Kommo's documentation says (Kommo server side 1). */
let kommo: Awaited<ReturnType<typeof startKommo>>
let hook: Server
let hookUrl: string
let hooks: { contentType: string; body: string }[]

beforeAll(async () => {
  hook = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      hooks.push({ contentType: request.headers['content-type'] ?? '', body })
      response.end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(hook, 'listening')
  const address = hook.address()
  hookUrl = `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}/hook`
})
afterAll(() => {
  hook.close()
})
// Each test has an account of its own, since Kommo counts requests.
beforeEach(async () => {
  hooks = []
  const integration = { clientId: 'c', clientSecret: 's', redirectUri: 'http://localhost/o' }
  kommo = await startKommo(0, integration)
})
afterEach(() => kommo.stop())

async function startBot(data: Record<string, string> = { x: '1' }) {
  const bot = kommo.bots.create('Test')
  const exit = (value: string) => ({ handler: 'exits', params: { value } })
  const code = JSON.stringify([
    {
      question: [
        { handler: 'widget_request', params: { url: hookUrl, data } },
        { handler: 'goto', params: { type: 'question', step: 1 } },
      ],
    },
    {
      question: [
        {
          handler: 'conditions',
          params: {
            logic: 'and',
            conditions: [{ term1: '{{json.status}}', term2: 'success', operation: '=' }],
            result: [exit('success')],
          },
        },
        exit('fail'),
      ],
    },
  ])
  const exits = [
    { code: 'success', title: 'Delivered', next: null },
    { code: 'fail', title: 'Not delivered', next: null },
  ]
  const block = {
    kind: 'widget',
    id: 1,
    widgetCode: 'w',
    handler: 'h',
    params: {},
    code,
    exits,
  } as const
  expect(kommo.bots.save({ ...bot, blocks: [{ ...block, exits: [...block.exits] }] })).toBeNull()
  const run = kommo.runner.start(bot.id, 2001)
  if (!run) throw new Error('The bot did not start')
  await until('the hook', async () => hooks.length > 0)
  return run
}

async function resume(body: unknown, token = LONG_LIVED_TOKEN): Promise<number> {
  const returnUrl = new URLSearchParams(hooks[0]?.body).get('return_url') ?? ''
  const answer = await fetch(returnUrl, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return answer.status
}

describe('a bot’s hook', () => {
  it('is a form with PHP brackets, an HS512 token without user and id, and a return URL', async () => {
    await startBot({ message: 'Hi {{contact.name}}, {{unknown.marker}}' })
    const form = new URLSearchParams(hooks[0]?.body)
    expect(hooks[0]?.contentType).toContain('x-www-form-urlencoded')
    expect(form.get('data[message]')).toBe('Hi Lucía Fernández, {{unknown.marker}}')
    expect(form.get('return_url')).toMatch(/\/api\/v4\/salesbot\/\d+\/continue\/\d+$/u)
    const token = form.get('token') ?? ''
    expect(decodeProtectedHeader(token).alg).toBe('HS512')
    expect(decodeJwt(token)).toMatchObject({
      entity_type: 2,
      entity_id: 2001,
      account_id: 31_415_926,
    })
    expect(decodeJwt(token)).not.toHaveProperty('jti')
  })

  it('is JSON with the switch', async () => {
    kommo.setSwitches({ encoding: 'json' })
    await startBot()
    expect(JSON.parse(hooks[0]?.body ?? '')).toMatchObject({ data: { x: '1' } })
  })
})

describe('continue', () => {
  it.each([
    ['success', 'Left through “Delivered”'],
    ['fail', 'Left through “Not delivered”'],
  ])('with status %s leaves through its exit, once', async (status, line) => {
    const run = await startBot()
    expect(await resume({ data: { status } })).toBe(202)
    expect(await resume({ data: { status } })).toBe(404)
    expect(run.log.map(entry => entry.text)).toContain(line)
  })

  it.each([
    ['no handlers in the list', { execute_handlers: [] }],
    [
      'a text over 80 characters',
      { execute_handlers: [{ handler: 'show', params: { value: 'x'.repeat(81) } }] },
    ],
    ['a handler that is not allowed', { execute_handlers: [{ handler: 'stop', params: {} }] }],
  ])('with %s is refused, and the bot still waits', async (_name, body) => {
    await startBot()
    expect(await resume(body)).toBe(400)
    expect(await resume({ data: { status: 'fail' } })).toBe(202)
  })

  it('without the account’s token is refused', async () => {
    await startBot()
    expect(await resume({ data: { status: 'success' } }, 'other')).toBe(401)
  })
})

describe('saving a bot', () => {
  it('refuses code that is none, unknown handlers and exits, and more than 64 KB', () => {
    const bot = kommo.bots.create('Test')
    const save = (code: string) =>
      kommo.bots.save({
        ...bot,
        blocks: [
          { kind: 'widget', id: 1, widgetCode: 'w', handler: 'h', params: {}, code, exits: [] },
        ],
      })
    expect(save('nonsense')).toMatch(/not valid/u)
    expect(save('[{"question":[{"handler":"explode","params":{}}]}]')).toMatch(/Unknown handler/u)
    expect(save('[{"question":[{"handler":"exits","params":{"value":"x"}}]}]')).toMatch(
      /Unknown exit x/u,
    )
    expect(save(`[]${' '.repeat(70_000)}`)).toMatch(/64 KB/u)
  })
})

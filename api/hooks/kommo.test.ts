import { once } from 'node:events'
import { createServer } from 'node:net'
import { SignJWT } from 'jose'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { until } from '../../e2e/support/until.ts'
import type { Database } from '../../storage/database.ts'
import { ACCOUNT_ID, LONG_LIVED_TOKEN } from '../../emulators/kommo/account.ts'
import { hookToken, pageToken } from '../../emulators/kommo/tokens.ts'

let stack: Awaited<ReturnType<typeof startInProcess>>
beforeAll(async () => {
  stack = await startInProcess()
})
afterAll(() => stack.stop())

const LEAD = { type: 2, id: 2001 }
const MESSAGE = JSON.stringify({ version: 1, text: 'Hello [Contact.FirstName]' })
let continueId = 500

function returnUrl(): string {
  continueId += 1
  return `${stack.kommo.url}/api/v4/salesbot/1/continue/${continueId}`
}

function token(entity = LEAD): Promise<string> {
  return hookToken(stack.integration, stack.kommo.url, stack.url, entity)
}

function post(
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${stack.url}/hooks/kommo/salesbot`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  })
}

async function claims(change: Record<string, unknown>, algorithm = 'HS512', secret?: string) {
  const now = Math.floor(Date.now() / 1000)
  const payload = {
    iss: stack.kommo.url,
    aud: stack.url,
    iat: now,
    nbf: now,
    exp: now + 1800,
    account_id: 31_415_926,
    subdomain: 'flowers-madrid',
    client_uuid: stack.integration.clientId,
    entity_type: 2,
    entity_id: 2001,
    ...change,
  }
  const key = new TextEncoder().encode(secret ?? stack.integration.clientSecret)
  return new SignJWT(payload).setProtectedHeader({ alg: algorithm }).sign(key)
}

/** An address at which nobody listens. */
async function closedAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}/v2`
}

/** The disk is full: no page more than there are. */
async function limitPages(database: Database): Promise<void> {
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(database)
  await sql`pragma max_page_count = ${sql.lit(rows[0]?.page_count ?? 0)}`.execute(database)
}

const freePages = (database: Database) => sql`pragma max_page_count = 1073741823`.execute(database)

const runsOf = (url: string) =>
  stack.services.database.selectFrom('runs').selectAll().where('return_url', '=', url).execute()

describe('the hook', () => {
  it('takes a form and JSON, and stores the run before it answers', async () => {
    const first = returnUrl()
    const answer = await post({ token: await token(), return_url: first, 'data[message]': MESSAGE })
    expect(answer.status).toBe(200)
    expect(await runsOf(first)).toHaveLength(1)
    const second = returnUrl()
    const json = await fetch(`${stack.url}/hooks/kommo/salesbot`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        token: await token(),
        return_url: second,
        data: { message: MESSAGE },
      }),
    })
    expect(json.status).toBe(200)
    expect((await runsOf(second))[0]?.message).toBe(MESSAGE)
  })

  it('takes HS256 as well, until a live account settles which it is', async () => {
    const fields = { return_url: returnUrl(), 'data[message]': MESSAGE }
    expect((await post({ ...fields, token: await claims({}, 'HS256') })).status).toBe(200)
  })

  it('S1 K5 K9 makes one run of the same call twice at once, and of one that comes late', async () => {
    const fields = { token: await token(), return_url: returnUrl(), 'data[message]': MESSAGE }
    const answers = await Promise.all([post(fields), post(fields), post(fields)])
    expect(answers.map(answer => answer.status)).toEqual([200, 200, 200])
    const bodies = await Promise.all(answers.map(answer => answer.json()))
    expect(bodies.filter(body => body.result === 'started')).toHaveLength(1)
    expect((await post(fields)).status).toBe(200)
    expect(await runsOf(fields.return_url)).toHaveLength(1)
  })

  it('S2 keeps a run as it is when its hook comes again with another message', async () => {
    stack.radist.world.reactions.set('26:whatsapp', 'silent')
    const url = returnUrl()
    const fields = { token: await token({ type: 2, id: 2026 }), return_url: url }
    await post({ ...fields, 'data[message]': MESSAGE })
    const other = JSON.stringify({ version: 1, text: 'Something else' })
    const answer = await post({ ...fields, 'data[message]': other })
    expect(await answer.json()).toEqual({ result: 'same_run' })
    expect((await runsOf(url)).map(run => run.message)).toEqual([MESSAGE])
  })

  it('D14 K8 answers 503 when its run cannot be stored, and loses none that it answered with 200', async () => {
    const { database } = stack.services
    const stored: string[] = []
    const refused: string[] = []
    await limitPages(database)
    onTestFinished(async () => void (await freePages(database)))
    for (let index = 0; index < 400 && refused.length === 0; index++) {
      const url = returnUrl()
      const fields = { token: await token({ type: 2, id: 999 }), return_url: url }
      const text = `{"version":1,"text":"${'x'.repeat(4000)}"}`
      const answer = await post({ ...fields, 'data[message]': text })
      if (answer.status === 200) stored.push(url)
      else {
        expect(answer.status).toBe(503)
        expect(answer.headers.get('retry-after')).toBe('5')
        refused.push(url)
      }
    }
    await freePages(database)
    expect(refused).toHaveLength(1)
    expect(await runsOf(refused[0] ?? '')).toEqual([])
    const isEnded = async (url: string) => (await runsOf(url))[0]?.phase === 'ended'
    for (const url of stored) await until('an acknowledged run', () => isEnded(url))
  })

  it.each([
    ['no token', async () => ''],
    ['a token that is none', async () => 'abc'],
    ['a foreign signature', () => claims({}, 'HS512', 'another secret')],
    ['no signature', async () => `${btoa('{"alg":"none"}')}.${btoa('{"account_id":31415926}')}.`],
    ['another algorithm', () => claims({}, 'HS384')],
    ['an expired token', () => claims({ exp: Math.floor(Date.now() / 1000) - 120 })],
    ['a token of the future', () => claims({ nbf: Math.floor(Date.now() / 1000) + 120 })],
    ['another audience', () => claims({ aud: 'https://other.example' })],
    ['another issuer', () => claims({ iss: 'https://other.kommo.com' })],
    ['another integration', () => claims({ client_uuid: 'other' })],
    ['an unknown account', () => claims({ account_id: 1 })],
    ['the account under another name', () => claims({ subdomain: 'other', iss: undefined })],
    [
      'a page’s token',
      () => pageToken(stack.integration, stack.kommo.url, { id: 504, isAdmin: true }),
    ],
    ['a hook’s token with a user in it', () => claims({ user_id: 504 })],
    ['a hook’s token with a jti', () => claims({ jti: 'x' })],
  ])('W5 W11 refuses %s, and stores nothing', async (_name, make) => {
    const url = returnUrl()
    const answer = await post({ token: await make(), return_url: url, 'data[message]': MESSAGE })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ error: { code: 'unauthorized' } })
    expect(await runsOf(url)).toEqual([])
  })

  it('W6 accepts a clock that is 20 seconds apart', async () => {
    const now = Math.floor(Date.now() / 1000)
    const skewed = await claims({ iat: now + 20, nbf: now + 20, exp: now + 1820 })
    expect(
      (await post({ token: skewed, return_url: returnUrl(), 'data[message]': MESSAGE })).status,
    ).toBe(200)
  })

  it('W1 refuses a foreign return URL, and calls nobody', async () => {
    const host = new URL(stack.kommo.url).host
    const path = '/api/v4/salesbot/1/continue/2'
    for (const url of [
      'https://evil.example/api/v4/salesbot/1/continue/2',
      `http://${host}.evil.example${path}`,
      `http://user@${host}${path}`,
      `http://localhost:1${path}`,
      `http://${host}/api/v4/leads/1`,
      `http://${host}${path}/../../../../leads`,
      `http://${host}${path}?x=1`,
      `https://${host}${path}`,
      'javascript:alert(1)',
    ]) {
      const answer = await post({ token: await token(), return_url: url, 'data[message]': MESSAGE })
      expect(await answer.json(), url).toMatchObject({ error: { code: 'invalid_return_url' } })
      expect(answer.status).toBe(400)
    }
    const called = stack.kommo.calls.map(call => call.path)
    expect(called.filter(one => /\/continue\/2$|\/leads\/1$/u.test(one))).toEqual([])
  })

  it('W9 takes the same token with another return URL at once, but not later', async () => {
    // Two steps of one deal in the same second get the very same token.
    const young = await claims({ entity_id: 2030 })
    const messages = { 'data[message]': MESSAGE }
    expect((await post({ token: young, return_url: returnUrl(), ...messages })).status).toBe(200)
    expect((await post({ token: young, return_url: returnUrl(), ...messages })).status).toBe(200)
    const old = await claims({ entity_id: 2030, iat: Math.floor(Date.now() / 1000) - 60 })
    expect((await post({ token: old, return_url: returnUrl(), ...messages })).status).toBe(200)
    const answer = await post({ token: old, return_url: returnUrl(), ...messages })
    expect(await answer.json()).toMatchObject({ error: { code: 'token_reused' } })
    // What was signed more than its life ago is no token any more.
    const now = Math.floor(Date.now() / 1000)
    const ended = await claims({ iat: now - 2400, nbf: now - 2400, exp: now - 600 })
    expect((await post({ token: ended, return_url: returnUrl(), ...messages })).status).toBe(401)
  })
})

describe('whatever prevents sending', () => {
  it.each([
    ['a deal without contact', { version: 1, text: 'Hello' }, 2041, 'no_contact'],
    ['a contact without phone', { version: 1, text: 'Hello' }, 2011, 'no_address'],
    ['an unknown deal', { version: 1, text: 'Hello' }, 999, 'entity_not_found'],
    ['no message', {}, 2001, 'message_empty'],
    ['a message of another version', { version: 9, text: 'x' }, 2001, 'message_invalid'],
    ['only an empty mask', { version: 1, text: '[Deal.CF.12347]' }, 2001, 'message_empty'],
    [
      'a file that is not ours',
      { version: 1, text: '', file: { id: 'abcdefghijkl', name: 'a', size: 1, kind: 'file' } },
      2001,
      'file_missing',
    ],
  ])('%s leads the bot through "Not delivered"', async (_name, message, leadId, reason) => {
    const run = await stack.runBot(message, leadId)
    expect(run.log.map(line => line.text).join('\n')).toContain('Left through “Not delivered”')
    const rows = await stack.services.database
      .selectFrom('runs')
      .select('state')
      .where('entity_id', '=', leadId)
      .orderBy('created_at', 'desc')
      .execute()
    expect(rows[0]?.state).toContain(`"reason":"${reason}"`)
  })

  it('an unknown mask leaves no trace in the message but a warning in the run', async () => {
    const run = await stack.runBot(
      { version: 1, text: 'A[Deal.Nmae]B {{lead.price}} [Deal.Price]' },
      2013,
    )
    expect(run.log.map(line => line.text)).toContain('Left through “Delivered”')
    const sent = stack.radist.calls.findLast(call => call.path.includes('/messages'))
    expect(sent?.body).toMatchObject({ text: { text: 'AB {{lead.price}} €530' } })
  })
})

describe('a connection with an error of its own', () => {
  it('rests, and another one of the same messenger takes the message', async () => {
    const connection = stack.radist.world.connection(1)
    if (connection) connection.state = 'logged_out'
    for (const lead of [2022, 2023]) {
      const run = await stack.runBot({ version: 1, text: 'Hello' }, lead)
      expect(run.log.map(line => line.text)).toContain('Left through “Delivered”')
      const sent = stack.radist.calls.findLast(call => call.path.includes('/messages'))
      expect(sent?.body).toMatchObject({ connection_id: 2 })
    }
    const row = await stack.services.database
      .selectFrom('connections')
      .select(['state', 'resting_until'])
      .where('connection_id', '=', 1)
      .executeTakeFirst()
    expect(row?.state).toBe('logged_out')
    expect(row?.resting_until).toBeGreaterThan(Date.now())
    if (connection) connection.state = 'in_subscription'
  })
})

describe('a bug of ours', () => {
  it('D12 while sending leaves the process alive: the send is unknown, the next messenger delivers', async () => {
    const { radist } = stack.services
    const send = vi.spyOn(radist, 'send').mockImplementationOnce(() => {
      throw new Error('a bug')
    })
    const run = await stack.runBot({ version: 1, text: 'Hello' }, 2027)
    send.mockRestore()
    expect(run.log.map(line => line.text)).toContain('Left through “Delivered”')
    const rows = await stack.services.database
      .selectFrom('runs')
      .select('state')
      .where('entity_id', '=', 2027)
      .execute()
    expect(rows[0]?.state).toContain('"status":"unknown"')
  })
})

describe('an account that is disconnected while a bot waits', () => {
  it('holds the continue, and lets the bot go on when the account is connected again', async () => {
    const { accounts, database, kommo } = stack.services
    const held = vi.spyOn(kommo, 'continueBot').mockResolvedValueOnce('held')
    const bot = stack.runBot({ version: 1, text: 'Hello' }, 2028)
    const run = () =>
      database.selectFrom('runs').selectAll().where('entity_id', '=', 2028).executeTakeFirst()
    await until('the continue to be held', async () => (await run())?.is_held === 1)
    held.mockRestore()
    const again = { token: LONG_LIVED_TOKEN, expiresAt: null }
    await accounts.setKommoToken(database, ACCOUNT_ID, again, Date.now())
    const { log } = await bot
    expect(log.map(line => line.text)).toContain('Left through “Delivered”')
    await until('the run to be settled', async () => (await run())?.is_held === 0)
  })
})

describe('a run that cannot be worked on', () => {
  it('D11 is put aside, and its neighbours go on', async () => {
    const { database } = stack.services
    const poisoned = returnUrl()
    stack.radist.world.reactions.set('2:whatsapp', 'silent')
    const fields = { token: await token({ type: 2, id: 2024 }), return_url: poisoned }
    await post({ ...fields, 'data[message]': MESSAGE })
    const row = () =>
      database.selectFrom('runs').selectAll().where('return_url', '=', poisoned).executeTakeFirst()
    await until('the run', async () => (await row()) !== undefined)
    await database
      .updateTable('runs')
      .set({ state: '{"not":"a run"}', wake_at: Date.now() })
      .where('return_url', '=', poisoned)
      .execute()
    const neighbour = await stack.runBot({ version: 1, text: 'Hello' }, 2025)
    expect(neighbour.log.map(line => line.text)).toContain('Left through “Delivered”')
    await until(
      'the run to be put aside',
      async () => ((await row())?.wake_at ?? 0) > Date.now() + 60_000,
    )
  })
})

describe('a service that is down', () => {
  it('Radist: the bot leaves through "Not delivered", each messenger having been tried', async () => {
    const { database } = stack.services
    await database
      .updateTable('accounts')
      .set({ radist_url: await closedAddress() })
      .execute()
    const run = await stack.runBot({ version: 1, text: 'Hello' }, 2020)
    await database.updateTable('accounts').set({ radist_url: null }).execute()
    expect(run.log.map(line => line.text).join('\n')).toContain('Left through “Not delivered”')
  })

  it('Kommo: the run waits, and the message goes out when Kommo answers again', async () => {
    const { database } = stack.services
    const url = returnUrl()
    const fields = {
      token: await token({ type: 2, id: 2021 }),
      return_url: url,
      'data[message]': MESSAGE,
    }
    stack.kommo.outage.isOn = true
    expect((await post(fields)).status).toBe(200)
    await until('the run to be put off', async () => {
      const row = await database
        .selectFrom('runs')
        .select('wake_at')
        .where('return_url', '=', url)
        .executeTakeFirst()
      return row?.wake_at != null
    })
    stack.kommo.outage.isOn = false
    await until('the delivery', async () => {
      const row = await database
        .selectFrom('runs')
        .select('state')
        .where('return_url', '=', url)
        .executeTakeFirst()
      return row?.state.includes('"kind":"delivered"') ?? false
    })
  })
})

// Last: the connection on which it was refused is not used again.
describe('a huge body', () => {
  it('is refused before it is read', async () => {
    const answer = await post({
      token: await token(),
      return_url: returnUrl(),
      'data[message]': 'x'.repeat(400_000),
    })
    expect(answer.status).toBe(400)
  })
})

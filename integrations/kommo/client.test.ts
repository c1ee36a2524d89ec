import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../storage/system-clock.ts'
import { ACCOUNT_ID, LONG_LIVED_TOKEN, SUBDOMAIN } from '../../emulators/kommo/account.ts'
import { startKommo } from '../../emulators/kommo/server.ts'
import { createLimiter } from '../limiter.ts'
import { KommoClient, type KommoAccess } from './client.ts'
import type { Credentials } from './credentials.ts'
import type { Gate } from './gate.ts'

const ACCESS: KommoAccess = { id: ACCOUNT_ID, subdomain: SUBDOMAIN, token: LONG_LIVED_TOKEN }
const openGate: Gate = { enter: async () => true, saw: () => undefined }
/** No account is stored here: each call brings its token. */
const noCredentials: Credentials = {
  token: async () => ({ kind: 'disconnected' }),
  renew: async () => ({ kind: 'disconnected' }),
  works: async () => undefined,
}
let emulator: Awaited<ReturnType<typeof startKommo>>
let client: KommoClient

beforeAll(async () => {
  emulator = await startKommo(0, {
    clientId: 'a',
    clientSecret: 'b',
    redirectUri: 'http://localhost/oauth',
  })
  const limiter = createLimiter(systemClock)
  client = new KommoClient(emulator.url, limiter, noCredentials, openGate)
})
afterAll(() => emulator.stop())

describe('Kommo’s API', () => {
  it('gives a deal with its contacts, a contact with its fields, a user, the pipelines', async () => {
    const lead = await client.lead(ACCESS, 2001)
    expect(lead).toMatchObject({ ok: true, value: { name: 'Roses, 25 pcs', price: 45 } })
    const contact = await client.contact(ACCESS, 1001)
    expect(contact).toMatchObject({ ok: true, value: { first_name: 'Lucía' } })
    expect(await client.user(ACCESS, 504)).toMatchObject({
      ok: true,
      value: { name: 'Clara Ruiz' },
    })
    expect(await client.pipelines(ACCESS)).toMatchObject({ ok: true })
    expect(await client.account(ACCESS)).toMatchObject({ ok: true, value: { country: 'ES' } })
  })

  it('says 204 for what is not there, which is "not found"', async () => {
    expect(await client.lead(ACCESS, 999)).toEqual({ ok: false, failure: { code: 'not_found' } })
  })

  it('lists custom fields over all pages', async () => {
    const fields = await client.customFields(ACCESS, 'leads')
    expect(fields).toMatchObject({ ok: true })
    expect(fields.ok && fields.value.length).toBe(emulator.account.fields.leads.length)
  })

  it('knows a token that is no longer valid', async () => {
    const failure = { ok: false, failure: { code: 'disconnected' } }
    expect(await client.lead({ ...ACCESS, token: 'old' }, 2001)).toEqual(failure)
  })

  it('is asked seven times a second at most, so that it never refuses', async () => {
    const answers = await Promise.all(Array.from({ length: 15 }, () => client.lead(ACCESS, 2001)))
    expect(answers.every(answer => answer.ok)).toBe(true)
  })

  it('takes a note', async () => {
    expect(await client.addNote(ACCESS, { type: 'lead', id: 2001 }, 'Delivered')).toBe(true)
    expect(emulator.account.notes.at(-1)).toMatchObject({ entityId: 2001, text: 'Delivered' })
  })
})

describe('continue', () => {
  const url = (id: number) => `${emulator.url}/api/v4/salesbot/1/continue/${id}`

  it('is final when no bot waits any more, and held when the token is refused', async () => {
    expect(await client.continueBot(ACCESS, url(1), { status: 'success' })).toBe('gone')
    const held = await client.continueBot({ ...ACCESS, token: 'old' }, url(1), {
      status: 'success',
    })
    expect(held).toBe('held')
  })

  it('sends flat data and nothing else', async () => {
    await client.continueBot(ACCESS, url(2), { status: 'fail', run: 'r' })
    expect(emulator.calls.at(-1)?.body).toEqual({ data: { status: 'fail', run: 'r' } })
  })

  it('is tried again when nobody answers', async () => {
    const down = new KommoClient('http://127.0.0.1:9', async () => false, noCredentials, openGate)
    expect(await down.continueBot(ACCESS, 'http://127.0.0.1:9/x', {})).toBe('failed')
  })
})

// Last: Kommo is angry for a while.
describe('too many requests', () => {
  it('are refused with HTML, which is "unavailable"', async () => {
    const hasty = new KommoClient(emulator.url, async () => false, noCredentials, openGate)
    const answers = await Promise.all(Array.from({ length: 15 }, () => hasty.lead(ACCESS, 2001)))
    expect(answers).toContainEqual({
      ok: false,
      failure: { code: 'unavailable', retryAfterMs: null },
    })
  })
})

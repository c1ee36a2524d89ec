import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ACCOUNT_ID, SUBDOMAIN } from '../../emulators/kommo/account.ts'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { until } from '../../e2e/support/until.ts'

let stack: Awaited<ReturnType<typeof startInProcess>>
beforeEach(async () => {
  stack = await startInProcess({ isSynced: false })
})
afterEach(() => stack.stop())

const grant = () => {
  const { accounts, database } = stack.services
  return accounts.grants.find(database, ACCOUNT_ID)
}
const host = () => new URL(stack.kommo.url).host

function callback(query: Record<string, string>): Promise<Response> {
  const url = `${stack.url}/oauth/kommo/callback?${new URLSearchParams(query)}`
  return fetch(url, { redirect: 'manual' })
}

/** Kommo's consent page is opened by whoever asks for it; its state comes back. */
async function newState(): Promise<string> {
  const answer = await fetch(`${stack.url}/oauth/kommo/install`, { redirect: 'manual' })
  const consent = new URL(answer.headers.get('location') ?? '')
  expect(consent.origin).toBe(stack.kommo.url)
  expect(consent.searchParams.get('client_id')).toBe(stack.integration.clientId)
  return consent.searchParams.get('state') ?? ''
}

describe('an installation', () => {
  it('announced by Kommo itself connects the account, without any browser', async () => {
    expect(await stack.kommo.oauth.announceInstall(504)).toBe(200)
    expect(await grant()).toMatchObject({ grantedBy: 504, problem: null })
    expect((await grant())?.refreshToken).toMatch(/^def50200/u)
    await stack.synced()
    const run = await stack.runBot({ version: 1, text: 'Hello' }, 2002)
    expect(run.log.map(line => line.text)).toContain('Left through “Delivered”')
  })

  it('adds an account that nobody has heard of', async () => {
    const { accounts, database } = stack.services
    await accounts.remove(database, ACCOUNT_ID)
    await stack.kommo.oauth.announceInstall(504)
    expect(await accounts.find(database, ACCOUNT_ID)).toMatchObject({
      id: ACCOUNT_ID,
      subdomain: SUBDOMAIN,
      radist: null,
    })
  })

  it('in a browser goes by Kommo’s consent page and comes back with our state', async () => {
    const state = await newState()
    const answer = await callback({ code: stack.kommo.oauth.newCode(504), state, referer: host() })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('Kommo is connected')
    expect((await grant())?.grantedBy).toBe(504)
  })

  it('says so when the person refuses, in the person’s language, and changes nothing', async () => {
    const before = await grant()
    const query = new URLSearchParams({ error: 'access_denied', state: await newState() })
    const answer = await fetch(`${stack.url}/oauth/kommo/callback?${query}`, {
      headers: { 'accept-language': 'es' },
    })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('no se concedió el acceso')
    expect(await grant()).toEqual(before)
  })

  it('K12 W20 with a forged referer, a used code or state, or none is refused, and nothing changes', async () => {
    const { kommo } = stack
    const before = await grant()
    const stateOnce = await newState()
    const from_widget = '1'
    const tokenCalls = () => kommo.calls.filter(call => call.path === '/oauth2/access_token').length
    for (const referer of [
      'evil.example',
      `${host()}.evil.example`,
      `user@${host()}`,
      `evil.example/${host()}`,
      'localhost:1',
      `evil.example?${host()}`,
    ]) {
      const code = kommo.oauth.newCode(504)
      expect((await callback({ code, referer, from_widget })).status, referer).toBe(400)
    }
    // The secret went nowhere.
    expect(tokenCalls()).toBe(0)
    const code = () => kommo.oauth.newCode(504)
    const referer = host()
    expect((await callback({ code: code(), referer })).status, 'no state').toBe(400)
    expect((await callback({ code: code(), referer, state: 'x' })).status, 'foreign').toBe(400)
    expect((await callback({ code: code(), from_widget })).status, 'no referer').toBe(400)
    expect((await callback({ referer, from_widget })).status, 'no code').toBe(400)
    const client_id = 'other'
    expect((await callback({ code: code(), referer, from_widget, client_id })).status).toBe(400)
    expect(tokenCalls()).toBe(0)
    const stale = kommo.oauth.newCode(504, -1)
    expect((await callback({ code: stale, referer, from_widget })).status, 'stale').toBe(400)
    expect((await callback({ code: 'made-up', referer, from_widget })).status).toBe(400)
    expect(await grant()).toEqual(before)

    const once = kommo.oauth.newCode(504)
    expect((await callback({ code: once, referer, state: stateOnce })).status).toBe(200)
    const connected = await grant()
    expect((await callback({ code: once, referer, from_widget })).status, 'used').toBe(400)
    const again = await callback({ code: code(), referer, state: stateOnce })
    expect(again.status, 'state used').toBe(400)
    expect(await grant()).toEqual(connected)
  })

  it('K13 by a second admin takes the place of the first one’s; by a person without rights it does not', async () => {
    await stack.kommo.oauth.announceInstall(504)
    const first = await grant()
    await stack.kommo.oauth.announceInstall(504)
    const second = await grant()
    expect(second?.accessToken).not.toBe(first?.accessToken)
    expect(await stack.kommo.oauth.announceInstall(505)).toBe(400)
    expect(await grant()).toEqual(second)
  })

  it('by a person without rights alone is kept, and shown as what it is', async () => {
    const { accounts, database } = stack.services
    await accounts.grants.remove(database, ACCOUNT_ID)
    await stack.kommo.oauth.announceInstall(505)
    expect(await grant()).toMatchObject({ grantedBy: 505, problem: 'not_admin' })
  })
})

describe('a token', () => {
  it('K1 that has ended is renewed once for all who ask at once', async () => {
    const { accounts, database, kommo } = stack.services
    await stack.kommo.oauth.announceInstall(504)
    const account = await accounts.find(database, ACCOUNT_ID)
    if (!account) throw new Error('no account')
    stack.kommo.oauth.expireAccess()
    await database.updateTable('kommo_grants').set({ issued_at: 0 }).execute()
    const leads = await Promise.all(Array.from({ length: 10 }, () => kommo.lead(account, 2001)))
    expect(leads.every(lead => lead.ok)).toBe(true)
    expect(stack.kommo.oauth.refreshes).toBe(1)
  })

  it.each(['once', 'until_used'] as const)(
    'K2 whose answer was lost, with refresh tokens good %s',
    async refreshToken => {
      const { accounts, database, kommo } = stack.services
      stack.kommo.setSwitches({ refreshToken })
      await stack.kommo.oauth.announceInstall(504)
      const account = await accounts.find(database, ACCOUNT_ID)
      if (!account) throw new Error('no account')
      stack.kommo.oauth.expireAccess()
      await database.updateTable('kommo_grants').set({ issued_at: 0 }).execute()
      stack.kommo.oauth.faults.push('lost')
      const lead = await kommo.lead(account, 2001)
      if (refreshToken === 'until_used') {
        expect(lead.ok).toBe(true)
        expect((await grant())?.problem).toBeNull()
      } else {
        expect(lead).toEqual({ ok: false, failure: { code: 'disconnected' } })
        expect((await grant())?.problem).toBe('revoked')
        const asked = stack.kommo.calls.filter(call => call.path.startsWith('/oauth2')).length
        await kommo.lead(account, 2001)
        const later = stack.kommo.calls.filter(call => call.path.startsWith('/oauth2')).length
        expect(later).toBe(asked)
      }
    },
  )
})

describe('removing the integration', () => {
  function disable(query: Record<string, string>): Promise<Response> {
    return fetch(`${stack.url}/oauth/kommo/disabled?${new URLSearchParams(query)}`)
  }
  const signed = (account: number | string, secret = stack.integration.clientSecret) =>
    createHmac('sha256', secret).update(`${stack.integration.clientId}|${account}`).digest('hex')

  it('W8 with a signature that is missing, empty, cut, not hex or another’s is refused', async () => {
    const client_uuid = stack.integration.clientId
    const account_id = String(ACCOUNT_ID)
    const good = signed(ACCOUNT_ID)
    for (const signature of [
      undefined,
      '',
      good.slice(0, 63),
      `${good}00`,
      good.toUpperCase(),
      'z'.repeat(64),
      signed(ACCOUNT_ID, 'another secret'),
      signed(1),
    ]) {
      const answer = await disable({
        client_uuid,
        account_id,
        ...(signature === undefined ? {} : { signature }),
      })
      expect(answer.status, signature).toBe(401)
    }
    const spaced = await disable({ client_uuid, account_id: ` ${account_id}`, signature: good })
    expect(spaced.status).toBe(401)
    expect((await disable({ account_id, signature: good })).status, 'no client').toBe(401)
    expect(await grant()).not.toBeNull()
  })

  it.each(['client_uuid', 'client_id'] as const)(
    'K4 ends open runs, erases tokens and takes our webhooks away (%s)',
    async disableParameter => {
      const { database } = stack.services
      stack.kommo.setSwitches({ disableParameter })
      stack.radist.world.reactions.set('telegram_personal', 'silent')
      await stack.synced()
      const foreign = { id: 1, connectionId: 3, url: 'https://other.example/', events: ['x'] }
      stack.radist.world.webhooks.push(foreign)
      await database.updateTable('messengers').set({ wait_seconds: 3600 }).execute()
      void stack.runBot({ version: 1, text: 'Hello' }, 2002).catch(() => undefined)
      const run = () => database.selectFrom('runs').selectAll().executeTakeFirst()
      await until('the wait', async () => (await run())?.phase === 'waiting')

      expect(await stack.kommo.oauth.announceRemoval()).toBe(200)
      expect(await grant()).toBeNull()
      expect(await run()).toMatchObject({ phase: 'ended', outcome: 'not_delivered' })
      await until('our webhooks to go', async () => stack.radist.world.webhooks.length === 1)
      expect(stack.radist.world.webhooks).toEqual([foreign])
      const sends = stack.radist.world.sends.length

      // It comes back: what was set up is there, and the bot goes on.
      await stack.kommo.oauth.announceInstall(504)
      await until('the bot', async () => (await run())?.is_settled === 1, 40_000)
      expect(stack.radist.world.sends.length).toBe(sends)
      await until('the webhooks', async () => stack.radist.world.webhooks.length > 1)
    },
  )
})

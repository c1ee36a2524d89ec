import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { ACCOUNT_ID, SUBDOMAIN } from '../../emulators/kommo/account.ts'
import { hookToken, pageToken } from '../../emulators/kommo/tokens.ts'

let stack: Awaited<ReturnType<typeof startInProcess>>
beforeAll(async () => {
  stack = await startInProcess({ isSynced: false })
})
afterAll(() => stack.stop())

const ADMIN = { id: 504, isAdmin: true }
async function ask(token: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await fetch(`${stack.url}/api/widget/form`, {
    headers: { 'x-auth-token': token, ...headers },
  })
  return answer.status
}
function claims(change: Record<string, unknown>, algorithm = 'HS256', secret?: string) {
  const now = Math.floor(Date.now() / 1000)
  const payload = {
    iss: stack.kommo.url,
    aud: stack.url,
    iat: now,
    nbf: now,
    exp: now + 1800,
    jti: 'once',
    account_id: ACCOUNT_ID,
    subdomain: SUBDOMAIN,
    client_uuid: stack.integration.clientId,
    user_id: 504,
    is_admin: true,
    ...change,
  }
  const key = new TextEncoder().encode(secret ?? stack.integration.clientSecret)
  return new SignJWT(payload).setProtectedHeader({ alg: algorithm }).sign(key)
}
const now = () => Math.floor(Date.now() / 1000)

describe('the page’s token', () => {
  it('W7 is used as often as Kommo’s page wants, until it ends', async () => {
    const token = await pageToken(stack.integration, stack.kommo.url, ADMIN)
    expect([await ask(token), await ask(token), await ask(token)]).toEqual([200, 200, 200])
    expect(await ask(await claims({ exp: now() - 120 }))).toBe(401)
  })

  it('W6 may come from a clock that is half a minute apart, not two', async () => {
    const skewed = (by: number) => claims({ iat: now() + by, nbf: now() + by })
    expect(await ask(await skewed(20))).toBe(200)
    expect(await ask(await skewed(120))).toBe(401)
    expect(await ask(await claims({ exp: now() - 20 }))).toBe(200)
  })

  it.each([
    ['none', async () => ''],
    ['one that is none', async () => 'a.b.c'],
    ['one without a signature', async () => `${btoa('{"alg":"none"}')}.${btoa('{}')}.`],
    ['another algorithm', () => claims({}, 'HS512')],
    ['a foreign signature', () => claims({}, 'HS256', 'another secret')],
    ['another audience', () => claims({ aud: 'https://other.example' })],
    ['another issuer', () => claims({ iss: 'https://other.kommo.com' })],
    ['another integration', () => claims({ client_uuid: 'other' })],
    ['an unknown account', () => claims({ account_id: 1 })],
    ['one with an entity in it', () => claims({ entity_id: 5 })],
  ])('W5 refuses %s', async (_name, make) => {
    expect(await ask(await make())).toBe(401)
  })

  it('W11 is not a hook’s, and a hook’s is not the page’s', async () => {
    const entity = { type: 2, id: 2001 }
    const hook = await hookToken(stack.integration, stack.kommo.url, stack.url, entity)
    expect(await ask(hook)).toBe(401)
    const old = await hookToken(stack.integration, stack.kommo.url, stack.url, entity, 'HS256')
    expect(await ask(old)).toBe(401)
    const page = await pageToken(stack.integration, stack.kommo.url, ADMIN)
    const answer = await fetch(`${stack.url}/hooks/kommo/salesbot`, {
      method: 'POST',
      body: new URLSearchParams({
        token: page,
        return_url: `${stack.kommo.url}/api/v4/salesbot/1/continue/1`,
      }),
    })
    expect(answer.status).toBe(401)
  })

  it('follows the account to another address, and only when it is signed', async () => {
    const { accounts, database } = stack.services
    expect(await ask(await claims({ subdomain: 'roses', iss: undefined }))).toBe(401)
    expect((await accounts.find(database, ACCOUNT_ID))?.subdomain).toBe(SUBDOMAIN)
    expect(await ask(await claims({ subdomain: 'roses' }))).toBe(200)
    expect((await accounts.find(database, ACCOUNT_ID))?.subdomain).toBe('roses')
    await accounts.moveTo(database, ACCOUNT_ID, SUBDOMAIN)
  })
})

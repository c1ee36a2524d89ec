import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { signIn, signInCode } from '../../e2e/support/sign-in.ts'
import type { CascadeView } from '../../contracts/cascade.ts'

let stack: Awaited<ReturnType<typeof startInProcess>>
let cookie: string
beforeAll(async () => {
  stack = await startInProcess()
  cookie = await signIn(stack, { id: 504, isAdmin: true })
})
afterAll(() => stack.stop())

const code = (user: { id: number; isAdmin: boolean }) => signInCode(stack, user)

function exchange(value: string, origin = stack.url): Promise<Response> {
  return fetch(`${stack.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ code: value }),
  })
}

const get = (as: string) => fetch(`${stack.url}/api/cascade`, { headers: { cookie: as } })
const put = (as: string, body: unknown, origin = stack.url) =>
  fetch(`${stack.url}/api/cascade`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', cookie: as, origin },
    body: JSON.stringify(body),
  })
const changeOf = (cascade: CascadeView) => ({
  version: cascade.version,
  messengers: cascade.messengers.map(({ type, isOn, waitSeconds, success, connections }) => ({
    type,
    isOn,
    waitSeconds,
    success,
    tickedConnectionIds: connections.filter(one => one.ticked).map(one => one.connectionId),
  })),
})
const current = async () => (await (await get(cookie)).json()) as CascadeView

describe('signing in', () => {
  it('gives a cookie that scripts and other sites do not get', async () => {
    const answer = await exchange(await code({ id: 504, isAdmin: true }))
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Lax/iu)
  })

  it('takes a code once, and only from our own page', async () => {
    const value = await code({ id: 504, isAdmin: true })
    expect((await exchange(value, 'https://evil.example')).status).toBe(403)
    expect((await exchange(value)).status).toBe(200)
    expect((await exchange(value)).status).toBe(401)
    expect((await exchange('nonsense')).status).toBe(401)
  })

  it('ends with signing out', async () => {
    const own = await signIn(stack, { id: 504, isAdmin: true })
    const signOut = { method: 'DELETE', headers: { cookie: own, origin: stack.url } }
    expect((await fetch(`${stack.url}/api/session`, signOut)).status).toBe(204)
    expect((await get(own)).status).toBe(401)
  })
})

describe('the cascade of a new account', () => {
  it('works before anyone opens it: every messenger that can write first is on, all ticked', async () => {
    const { messengers, canEdit } = await current()
    expect(canEdit).toBe(true)
    expect(messengers.map(one => [one.type, one.isOn])).toEqual([
      ['whatsapp', true],
      ['telegram_personal', true],
      ['max_personal', true],
      ['waba', false],
    ])
    expect(messengers[0]?.connections.map(one => [one.ticked, one.isNext])).toEqual([
      [true, true],
      [true, false],
    ])
  })
})

describe('saving the cascade', () => {
  it('gives the new state with its version', async () => {
    const before = await current()
    const answer = await put(
      cookie,
      changeOf({ ...before, messengers: before.messengers.toReversed() }),
    )
    expect(answer.status).toBe(200)
    const saved = (await answer.json()) as CascadeView
    expect(saved.version).toBe(before.version + 1)
    expect(saved.messengers[0]?.type).toBe('waba')
  })

  it('T6 from an old version is a conflict, and changes nothing', async () => {
    const before = await current()
    const answer = await put(cookie, { ...changeOf(before), version: before.version - 1 })
    expect(answer.status).toBe(409)
    expect((await current()).version).toBe(before.version)
  })

  it('of anything else is a clear error, and changes nothing', async () => {
    const before = await current()
    const change = changeOf(before)
    const wrong: unknown[] = [
      null,
      {},
      { ...change, messengers: change.messengers.slice(1) },
      { ...change, messengers: change.messengers.map(one => ({ ...one, waitSeconds: 0 })) },
      { ...change, messengers: change.messengers.map(one => ({ ...one, waitSeconds: 1e9 })) },
      { ...change, messengers: change.messengers.map(one => ({ ...one, success: 'maybe' })) },
      { ...change, messengers: change.messengers.map(one => ({ ...one, __proto__x: 1 })) },
    ]
    for (const body of wrong) {
      const answer = await put(cookie, body)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ error: { code: 'invalid_request' } })
    }
    expect(await current()).toEqual(before)
  })

  it('is for admins, from our own page, with a session', async () => {
    const change = changeOf(await current())
    expect((await put(await signIn(stack, { id: 505, isAdmin: false }), change)).status).toBe(403)
    expect((await put(cookie, change, 'https://evil.example')).status).toBe(403)
    expect((await put('session=nonsense', change)).status).toBe(401)
  })
})

describe('the settings app’s pages', () => {
  it('cannot be framed, and run our own scripts only', async () => {
    const page = await fetch(`${stack.url}/app/`)
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("frame-ancestors 'none'")
    // The account's images lie at a host of their own where the operator has one.
    expect(policy).toContain(`img-src 'self' data: ${stack.url}`)
    expect(policy).toContain("script-src 'self'")
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('give nothing from outside their folder', async () => {
    const answer = await fetch(`${stack.url}/app/assets/..%2f..%2f..%2fpackage.json`)
    expect(await answer.text()).not.toContain('radist-cascade-for-kommo')
  })
})

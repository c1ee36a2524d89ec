import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { signIn } from '../../e2e/support/sign-in.ts'
import { until } from '../../e2e/support/until.ts'
import { ACCOUNT_ID } from '../../emulators/kommo/account.ts'
import type { Files } from '../../contracts/connections.ts'
import { insertFile } from '../../storage/files.ts'
import { createSession } from '../../storage/sessions.ts'

/**
 * Every route of the settings × whoever asks. The routes come from the API's own description, so a new one
 * fails here until it says who may use it.
 */
const STRANGER_ID = 77
let stack: Awaited<ReturnType<typeof startInProcess>>
let routes: { method: string; path: string }[]
let cookies: { admin: string; person: string; stranger: string }
let runId: string

/** Everybody of the account may use these; the others are for admins. */
const FOR_ALL = new Set([
  'GET /session',
  'GET /cascade',
  'GET /cascade/history',
  'GET /statistics',
  'GET /statistics/connections/{id}',
])
/** Signing in and out needs no session. */
const WITHOUT_SESSION = new Set(['POST /session', 'DELETE /session'])

const message = { entity: { type: 'lead', id: 2001 }, text: 'Hello', fileId: null }
const BODIES: Record<string, unknown> = {
  'POST /session': { code: 'nonsense' },
  'PUT /cascade': { version: 1, messengers: [] },
  'POST /runs/{id}/send-again': undefined,
  'POST /test-sends': message,
  'POST /test-sends/rehearsal': message,
  'PUT /connections/radist': { url: '', companyId: 501 },
  'POST /connections/radist/sync': undefined,
  'PUT /connections/kommo': { token: 'x' },
  'POST /connections/kommo/consent': undefined,
  'PUT /connections/new-chats': { connectionId: 1, newChatsMax: null },
  'PUT /preferences': { usernameFieldId: null, writesNote: true, retentionDays: 90 },
}
/** Ids of the account’s own things, by the routes that take one. */
const IDS: Record<string, () => string> = {
  '/runs/{id}': () => runId,
  '/runs/{id}/send-again': () => runId,
  '/contacts/{id}': () => '1015',
  '/recipients/{type}/{id}': () => '2015',
  '/statistics/connections/{id}': () => '1',
  '/stored-files/{id}': () => 'a'.repeat(16),
}

beforeAll(async () => {
  stack = await startInProcess()
  const { accounts, database } = stack.services
  await stack.runBot({ version: 1, text: 'Hello [Contact.Name]' }, 2015)
  const run = await database.selectFrom('runs').select('id').executeTakeFirstOrThrow()
  runId = run.id
  await until('the note', async () => stack.kommo.account.notes.length === 1)
  const other = { id: STRANGER_ID, subdomain: 'stranger', kommoToken: 'other', radist: null }
  await accounts.save(database, other, Date.now())
  const stranger = { accountId: STRANGER_ID, userId: 1, isAdmin: true }
  const token = await createSession(database, stranger, Date.now())
  cookies = {
    admin: await signIn(stack, { id: 504, isAdmin: true }),
    person: await signIn(stack, { id: 505, isAdmin: false }),
    stranger: `session=${token}`,
  }
  const document = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(await (await fetch(`${stack.url}/api/openapi.json`)).json())
  routes = Object.entries(document.paths)
    .filter(([path]) => !path.startsWith('/api/widget/'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map(method => ({
        method: method.toUpperCase(),
        path: path.replace(/^\/api/u, ''),
      })),
    )
})
afterAll(() => stack.stop())

const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`

function ask(
  route: { method: string; path: string },
  headers: Record<string, string>,
): Promise<Response> {
  const { method, path } = route
  const id = IDS[path]?.() ?? ''
  const query = path === '/recipients' ? '?type=lead' : ''
  const filled = path.replace('{type}', 'lead').replace('{id}', id) + query
  const body = BODIES[nameOf(route)]
  return fetch(`${stack.url}/api${filled}`, {
    method,
    headers: {
      origin: stack.url,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}
const codeOf = async (answer: Response) =>
  z.object({ error: z.object({ code: z.string() }) }).parse(await answer.json()).error.code

/** Everything that is the account’s own, as it is stored. */
async function stored(): Promise<string> {
  const { database } = stack.services
  const rows = await Promise.all([
    database.selectFrom('accounts').selectAll().where('id', '=', ACCOUNT_ID).execute(),
    database.selectFrom('runs').selectAll().where('account_id', '=', ACCOUNT_ID).execute(),
    database.selectFrom('messengers').selectAll().where('account_id', '=', ACCOUNT_ID).execute(),
    database.selectFrom('connections').selectAll().where('account_id', '=', ACCOUNT_ID).execute(),
  ])
  return JSON.stringify(rows)
}

describe('every route of the settings', () => {
  it('is known to this test, with an example of what it takes', () => {
    expect(routes.length).toBeGreaterThan(20)
    for (const { method, path } of routes) {
      if (path.includes('{id}')) expect(IDS).toHaveProperty(path)
      if (method === 'POST' || method === 'PUT') expect(BODIES).toHaveProperty(`${method} ${path}`)
    }
  })

  it('T2 lets nobody in without a session', async () => {
    for (const route of routes) {
      if (WITHOUT_SESSION.has(nameOf(route))) continue
      for (const cookie of ['', 'session=', 'session=nonsense', '__Host-session=nonsense']) {
        const answer = await ask(route, { cookie })
        expect([nameOf(route), answer.status]).toEqual([nameOf(route), 401])
      }
    }
  })

  it('T7 is for admins, but for those that everybody may see', async () => {
    const before = await stored()
    for (const route of routes) {
      if (WITHOUT_SESSION.has(nameOf(route))) continue
      const answer = await ask(route, { cookie: cookies.person })
      const wanted = FOR_ALL.has(nameOf(route)) ? 200 : 403
      expect([nameOf(route), answer.status]).toEqual([nameOf(route), wanted])
    }
    expect(await stored()).toBe(before)
  })

  it('T1, T5 shows and does nothing of an account to a stranger', async () => {
    const before = await stored()
    for (const route of routes) {
      if (WITHOUT_SESSION.has(nameOf(route))) continue
      const answer = await ask(route, { cookie: cookies.stranger })
      const text = await answer.text()
      expect(text, nameOf(route)).not.toMatch(/flowers|612 40|Hugo|Weekly|Hello|31415926/iu)
      expect(text, nameOf(route)).not.toContain(runId)
      const names = ['/runs/{id}', '/runs/{id}/send-again', '/stored-files/{id}']
      if (names.includes(route.path)) expect([nameOf(route), answer.status]).toContain(404)
    }
    expect(await stored()).toBe(before)
  })

  it('T3 keeps files of the same name in two accounts apart', async () => {
    const { database } = stack.services
    const facts = { size: 1, kind: 'file', mimeType: 'text/plain', state: 'ready' } as const
    const own = { id: 'o'.repeat(16), accountId: ACCOUNT_ID, name: 'prices.txt', ...facts }
    const strange = { id: 's'.repeat(16), accountId: STRANGER_ID, name: 'prices.txt', ...facts }
    for (const file of [own, strange]) await insertFile(database, file, Date.now())
    const list = async (cookie: string) =>
      (await (await ask({ method: 'GET', path: '/stored-files' }, { cookie })).json()) as Files
    const idsOf = async (cookie: string) => (await list(cookie)).files.map(file => file.id)
    expect(await idsOf(cookies.admin)).toEqual([own.id])
    expect(await idsOf(cookies.stranger)).toEqual([strange.id])
    const path = `/stored-files/${own.id}`
    expect((await ask({ method: 'DELETE', path }, { cookie: cookies.stranger })).status).toBe(404)
    expect((await ask({ method: 'DELETE', path }, { cookie: cookies.admin })).status).toBe(204)
    expect(await idsOf(cookies.stranger)).toEqual([strange.id])
  })

  it('T5 refuses a page that was opened for another account', async () => {
    for (const route of routes) {
      if (WITHOUT_SESSION.has(nameOf(route))) continue
      const headers = { cookie: cookies.stranger, 'x-account-id': String(ACCOUNT_ID) }
      expect(await codeOf(await ask(route, headers))).toBe('other_account')
    }
  })

  it('W12 changes nothing for a page of another site, whatever it sends', async () => {
    const before = await stored()
    for (const route of routes) {
      if (route.method === 'GET') continue
      for (const origin of ['https://evil.example', 'null', `${stack.url}.evil.example`, '']) {
        for (const type of [
          'application/json',
          'application/x-www-form-urlencoded',
          'text/plain',
        ]) {
          const headers = { cookie: cookies.admin, origin, 'content-type': type }
          const answer = await ask(route, headers)
          expect([nameOf(route), answer.status]).toEqual([nameOf(route), 403])
        }
      }
    }
    expect(await stored()).toBe(before)
  })

  it('W14 gives pages of other sites no leave to read', async () => {
    for (const route of routes) {
      const headers = { cookie: cookies.admin, origin: 'https://evil.example' }
      const answer = await ask({ ...route, method: 'GET' }, headers)
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('W17 takes no prototype for a field', async () => {
    for (const route of routes.filter(one => BODIES[nameOf(one)] !== undefined)) {
      if (WITHOUT_SESSION.has(nameOf(route))) continue
      const body = `{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}`
      const path = route.path.replace('{id}', IDS[route.path]?.() ?? '')
      const answer = await fetch(`${stack.url}/api${path}`, {
        method: route.method,
        headers: {
          cookie: cookies.admin,
          origin: stack.url,
          'content-type': 'application/json',
        },
        body,
      })
      expect([nameOf(route), answer.status]).toEqual([nameOf(route), 400])
      expect({}).not.toHaveProperty('isAdmin')
    }
  })
})

describe('a session', () => {
  it('that is used lasts longer, and ends a week after the sign-in all the same', async () => {
    const { database } = stack.services
    const cookie = await signIn(stack, { id: 504, isAdmin: true })
    const route = { method: 'GET', path: '/session' }
    const set = async (expiresAt: number, createdAt: number) =>
      database
        .updateTable('sessions')
        .set({ expires_at: expiresAt, created_at: createdAt })
        .where('user_id', '=', 504)
        .execute()
    const hour = 3600_000
    expect((await ask(route, { cookie })).headers.get('set-cookie')).toBeNull()
    await set(Date.now() + hour, Date.now() - 11 * hour)
    const renewed = await ask(route, { cookie })
    expect(renewed.headers.get('set-cookie')).toMatch(/Max-Age=43200.*HttpOnly/iu)
    await set(Date.now() + hour, Date.now() - 7 * 24 * hour)
    expect((await ask(route, { cookie })).headers.get('set-cookie')).toBeNull()
    await set(Date.now() - 1, Date.now() - hour)
    expect((await ask(route, { cookie })).status).toBe(401)
  })
})

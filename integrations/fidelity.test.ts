import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../storage/system-clock.ts'
import { ACCOUNT_ID, LONG_LIVED_TOKEN, SUBDOMAIN } from '../emulators/kommo/account.ts'
import { startKommo } from '../emulators/kommo/server.ts'
import { startRadist } from '../emulators/radist/server.ts'
import { KommoClient } from './kommo/client.ts'
import type { Credentials } from './kommo/credentials.ts'
import type { Gate } from './kommo/gate.ts'
import { KommoOAuth } from './kommo/oauth.ts'
import { createLimiter } from './limiter.ts'
import { RadistClient, type RadistAccess } from './radist/client.ts'
import { parseWebhook } from './radist/webhook.ts'
import { KOMMO } from './recorded/kommo.ts'
import { RADIST } from './recorded/radist.ts'

/**
 * Every call of our clients, against the bodies that the reference has and against the emulators. What the
 * clients read, what the reference says and what the emulators answer must be one and the same.
 */
const INTEGRATION = { clientId: 'a', clientSecret: 'b', redirectUri: 'http://localhost:9/callback' }
const credentials: Credentials = {
  token: async () => ({ kind: 'disconnected' }),
  renew: async () => ({ kind: 'disconnected' }),
  works: async () => undefined,
}
const gate: Gate = { enter: async () => true, saw: () => undefined }
const limiter = createLimiter(systemClock)
const ACCESS = { id: ACCOUNT_ID, subdomain: SUBDOMAIN, token: LONG_LIVED_TOKEN }
const RETURN_PATH = '/api/v4/salesbot/1/continue/1'

let kommo: Awaited<ReturnType<typeof startKommo>>
let radist: Awaited<ReturnType<typeof startRadist>>
/** Answers everything with what a test says. */
let recorded: { server: Server; url: string; body: unknown; status: number; heard: string[] }

beforeAll(async () => {
  kommo = await startKommo(0, INTEGRATION)
  radist = await startRadist(0)
  const server = createServer((request, answer) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      recorded.heard.push(body)
      answer.statusCode = recorded.status
      answer.end(recorded.body === null ? '' : JSON.stringify(recorded.body))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address && typeof address === 'object' ? address.port : 0
  recorded = { server, url: `http://127.0.0.1:${port}`, body: null, status: 200, heard: [] }
})
afterAll(() => {
  kommo.stop()
  radist.stop()
  recorded.server.close()
})

type Clients = { kommo: KommoClient; oauth: KommoOAuth; radist: RadistClient; access: RadistAccess }
function clientsAt(kommoUrl: string, radistUrl: string): Clients {
  const { apiKey: key, companyId } = radist.world
  return {
    kommo: new KommoClient(kommoUrl, limiter, credentials, gate),
    oauth: new KommoOAuth(kommoUrl, INTEGRATION, limiter, systemClock),
    radist: new RadistClient(limiter, radistUrl),
    access: { accountId: 1, key, url: radistUrl, companyId },
  }
}
const host = (url: string) => new URL(url).host

type Call = {
  /** The client's own name for it. */
  name: string
  /** What the reference has for the answer; null: a status without a body. */
  recorded: unknown
  status?: number
  call: (clients: Clients, url: string) => Promise<unknown>
  /** How success looks. */
  success: unknown
  /** The same asked of the emulator by hand, to see its bare body; null where asking changes too much. */
  raw: { path: string; body?: object } | null
}
const OK = { ok: true }
const KOMMO_CALLS: Call[] = [
  {
    name: 'account',
    recorded: KOMMO.account,
    call: ({ kommo: client }) => client.account(ACCESS),
    success: OK,
    raw: { path: '/api/v4/account' },
  },
  {
    name: 'lead',
    recorded: KOMMO.lead,
    call: ({ kommo: client }) => client.lead(ACCESS, 2001),
    success: OK,
    raw: { path: '/api/v4/leads/2001?with=contacts' },
  },
  {
    name: 'findLeads',
    recorded: { _page: 1, _links: {}, _embedded: { leads: [KOMMO.lead] } },
    call: ({ kommo: client }) => client.findLeads(ACCESS, 'roses', 5),
    success: OK,
    raw: { path: '/api/v4/leads?query=roses' },
  },
  {
    name: 'findContacts',
    recorded: { _page: 1, _links: {}, _embedded: { contacts: [KOMMO.contact] } },
    call: ({ kommo: client }) => client.findContacts(ACCESS, '612', 5),
    success: OK,
    raw: { path: '/api/v4/contacts?query=612' },
  },
  {
    name: 'bots',
    recorded: { _embedded: { bots: [{ id: 1, name: 'Bot' }] } },
    call: ({ kommo: client }) => {
      kommo.bots.create('Bot')
      return client.bots(ACCESS)
    },
    success: OK,
    raw: null,
  },
  {
    name: 'contact',
    recorded: KOMMO.contact,
    call: ({ kommo: client }) => client.contact(ACCESS, 1001),
    success: OK,
    raw: { path: '/api/v4/contacts/1001' },
  },
  {
    name: 'company',
    recorded: { id: 9, name: 'Company', custom_fields_values: null },
    call: ({ kommo: client }) => client.company(ACCESS, 3001),
    success: OK,
    raw: { path: '/api/v4/companies/3001' },
  },
  {
    name: 'user',
    recorded: KOMMO.user,
    call: ({ kommo: client }) => client.user(ACCESS, 504),
    success: OK,
    raw: { path: '/api/v4/users/504' },
  },
  {
    name: 'isAdmin',
    recorded: KOMMO.users,
    call: ({ kommo: client }) => client.isAdmin(ACCESS),
    success: { ok: true, value: true },
    raw: { path: '/api/v4/users' },
  },
  {
    name: 'pipelines',
    recorded: KOMMO.pipelines,
    call: ({ kommo: client }) => client.pipelines(ACCESS),
    success: OK,
    raw: { path: '/api/v4/leads/pipelines' },
  },
  {
    name: 'customFields',
    recorded: KOMMO.customFields,
    call: ({ kommo: client }) => client.customFields(ACCESS, 'leads'),
    success: OK,
    raw: { path: '/api/v4/leads/custom_fields?limit=250' },
  },
  {
    name: 'continueBot',
    recorded: null,
    status: 202,
    call: async ({ kommo: client }, url) => {
      const result = await client.continueBot(ACCESS, url + RETURN_PATH, { status: 'success' })
      // In the emulator nobody waits there.
      return result === 'gone' ? 'accepted' : result
    },
    success: 'accepted',
    raw: null,
  },
  {
    name: 'addNote',
    recorded: KOMMO.notes,
    call: ({ kommo: client }) => client.addNote(ACCESS, { type: 'lead', id: 2001 }, 'x'),
    success: true,
    raw: {
      path: '/api/v4/leads/2001/notes',
      body: [{ note_type: 'common', params: { text: 'x' } }],
    },
  },
]
const OAUTH_CALLS: Call[] = [
  {
    name: 'exchange',
    recorded: KOMMO.tokens,
    call: ({ oauth }, url) => oauth.exchange(url, kommo.oauth.newCode(504)),
    success: { kind: 'granted' },
    raw: null,
  },
  {
    name: 'refresh',
    recorded: KOMMO.tokens,
    call: async ({ oauth }, url) => {
      const granted = await oauth.exchange(url, kommo.oauth.newCode(504))
      const token = granted.kind === 'granted' ? granted.tokens.refreshToken : null
      return oauth.refresh(url, token ?? '')
    },
    success: { kind: 'granted' },
    raw: null,
  },
  {
    name: 'currentSubdomain',
    recorded: KOMMO.subdomain,
    call: async ({ oauth }, url) => {
      const granted = await oauth.exchange(url, kommo.oauth.newCode(504))
      const token = granted.kind === 'granted' ? granted.tokens.refreshToken : null
      const name = await oauth.currentSubdomain(host(url), token ?? '')
      return typeof name === 'string'
    },
    success: true,
    raw: null,
  },
]
const chat = { connectionId: 1, chatId: 0 }
const PHONE = { kind: 'phone', value: '+34612770315' } as const
const always = async () => true
const RADIST_CALLS: Call[] = [
  {
    name: 'connections',
    recorded: RADIST.connections,
    call: ({ radist: client, access }) => client.connections(access),
    success: OK,
    raw: { path: '/connections/' },
  },
  {
    name: 'sources',
    recorded: RADIST.sources,
    call: ({ radist: client, access }) => client.sources(access),
    success: OK,
    raw: { path: '/messaging/chats/sources/' },
  },
  {
    name: 'createChat',
    recorded: RADIST.chatCreated,
    call: async ({ radist: client, access }) => {
      const created = await client.createChat(access, 1, PHONE, always)
      if (created.kind === 'accepted') chat.chatId = created.value.chatId
      return created
    },
    success: { kind: 'accepted' },
    raw: { path: '/messaging/chats/', body: { connection_id: 1, phone: '34612770315' } },
  },
  {
    name: 'chatsPage',
    recorded: RADIST.chatsPage,
    call: ({ radist: client, access }) => client.chatsPage(access, null),
    success: OK,
    raw: { path: '/messaging/chats/with_contacts/?limit=100' },
  },
  {
    name: 'send',
    recorded: RADIST.messageSent,
    call: async ({ radist: client, access }) => {
      const found = await client.createChat(access, 1, PHONE, always)
      // The recorded server knows no chats.
      const chatId = found.kind === 'accepted' ? found.value.chatId : 1
      chat.chatId = chatId
      return client.send(
        access,
        { connectionId: 1, chatId },
        { kind: 'text', text: 'Hello' },
        always,
      )
    },
    success: { kind: 'accepted' },
    raw: null,
  },
  {
    name: 'messages',
    recorded: RADIST.messages,
    call: ({ radist: client, access }) => client.messages(access, chat.chatId),
    success: OK,
    raw: { path: '/messaging/messages/?chat_id=CHAT&limit=100' },
  },
  {
    name: 'createWebhook',
    recorded: RADIST.webhookCreated,
    call: ({ radist: client, access }) => client.createWebhook(access, 1, 'http://localhost:9/x'),
    success: OK,
    raw: null,
  },
  {
    name: 'webhooks',
    recorded: [{ ...RADIST.webhookCreated, connection_id: 1 }],
    call: ({ radist: client, access }) => client.webhooks(access),
    success: OK,
    raw: null,
  },
  {
    name: 'deleteWebhook',
    recorded: null,
    status: 204,
    call: async ({ radist: client, access }) => (await client.deleteWebhook(access, '1')) ?? 'done',
    success: 'done',
    raw: null,
  },
]

/** Every key that the reference shows, down to the first item of each list. */
function missingKeys(wanted: unknown, found: unknown, at = ''): string[] {
  if (Array.isArray(wanted)) {
    if (found === null) return []
    if (!Array.isArray(found)) return [`${at} is no list`]
    return wanted.length === 0 || found.length === 0
      ? []
      : missingKeys(wanted[0], found[0], `${at}[]`)
  }
  if (typeof wanted !== 'object' || wanted === null) return []
  if (typeof found !== 'object' || found === null) return found === null ? [] : [`${at} is missing`]
  return Object.entries(wanted).flatMap(([key, value]) =>
    key in found
      ? missingKeys(value, (found as Record<string, unknown>)[key], `${at}.${key}`)
      : [`${at}.${key}`],
  )
}

/** Methods by which a client talks to the outside. */
function methodsOf(client: { prototype: object }): string[] {
  return Object.getOwnPropertyNames(client.prototype)
    .filter(name => !['constructor', 'accountUrl'].includes(name))
    .toSorted()
}

describe.each([
  ['Kommo', KOMMO_CALLS],
  ['Kommo’s OAuth', OAUTH_CALLS],
  ['Radist', RADIST_CALLS],
] as const)('%s', (service, calls) => {
  it.each(calls.map(call => [call.name, call] as const))(
    '%s reads what the reference has',
    async (_name, { call, recorded: body, status = 200, success }) => {
      Object.assign(recorded, { body, status })
      const answer = await call(clientsAt(recorded.url, `${recorded.url}/v2`), recorded.url)
      if (typeof success === 'object') expect(answer).toMatchObject(success as object)
      else expect(answer).toBe(success)
    },
  )

  it.each(calls.map(call => [call.name, call] as const))(
    '%s is answered by the emulator, in the same form',
    async (_name, { call, recorded: body, success, raw }) => {
      const clients = clientsAt(kommo.url, `${radist.url}/v2`)
      const answer = await call(clients, kommo.url)
      if (typeof success === 'object') expect(answer).toMatchObject(success as object)
      else expect(answer).toBe(success)
      if (!raw) return
      // By hand, but at the pace that the emulators keep.
      const radistHost = host(radist.url)
      await limiter(`radist:1:${radistHost}`, { intervalMs: 260, extra: 1 })
      await limiter(`radist-chats:1:${radistHost}`, { intervalMs: 1000, extra: 0 })
      const base =
        service === 'Radist'
          ? `${radist.url}/v2/companies/${radist.world.companyId}`
          : `${kommo.url}`
      const bare = await fetch(base + raw.path.replace('CHAT', String(chat.chatId)), {
        method: raw.body ? 'POST' : 'GET',
        headers: {
          authorization: `Bearer ${LONG_LIVED_TOKEN}`,
          'x-api-key': radist.world.apiKey,
          'content-type': 'application/json',
        },
        ...(raw.body ? { body: JSON.stringify(raw.body) } : {}),
      })
      expect(missingKeys(body, await bare.json())).toEqual([])
    },
  )
})

describe('every call of a client', () => {
  it('stands in these tables', () => {
    const named = (calls: readonly Call[]) => calls.map(call => call.name)
    const inner = new Set([
      'ask',
      'call',
      'outcome',
      'parsed',
      'read',
      'result',
      'send',
      'whoseError',
    ])
    const open = (client: { prototype: object }, own: string[] = []) =>
      methodsOf(client).filter(name => own.includes(name) || !inner.has(name))
    expect(named(KOMMO_CALLS).toSorted()).toEqual(open(KommoClient))
    expect(named(OAUTH_CALLS).toSorted()).toEqual(open(KommoOAuth))
    expect(named(RADIST_CALLS).toSorted()).toEqual(open(RadistClient, ['send']))
  })
})

describe('what is refused', () => {
  it('by Kommo’s OAuth is known by its status', async () => {
    Object.assign(recorded, { body: KOMMO.tokenRefusal, status: 400 })
    const { oauth } = clientsAt(recorded.url, recorded.url)
    expect(await oauth.exchange(recorded.url, 'x')).toEqual({ kind: 'refused', httpStatus: 400 })
    expect(await oauth.exchange(kommo.url, 'x')).toEqual({ kind: 'refused', httpStatus: 400 })
  })

  it('by Kommo’s API is a problem with a status', async () => {
    Object.assign(recorded, { body: KOMMO.problem, status: 401 })
    const { kommo: client } = clientsAt(recorded.url, recorded.url)
    const disconnected = { ok: false, failure: { code: 'disconnected' } }
    expect(await client.lead(ACCESS, 1)).toEqual(disconnected)
    const answer = await fetch(`${kommo.url}/api/v4/leads/1`)
    expect(missingKeys(KOMMO.problem, await answer.json())).toEqual([])
  })
})

describe('a contact’s value', () => {
  it('names its kind by either key', async () => {
    Object.assign(recorded, { body: KOMMO.contactWithOtherKey, status: 200 })
    const { kommo: client } = clientsAt(recorded.url, recorded.url)
    expect(await client.contact(ACCESS, 1)).toMatchObject(OK)
  })
})

describe('a webhook of Radist’s', () => {
  it('has the recorded form, and is read', async () => {
    expect(parseWebhook(RADIST.messageWebhook, 0)).toMatchObject({ type: 'message', chatId: 40 })
    recorded.heard.length = 0
    Object.assign(recorded, { body: {}, status: 200 })
    const { access, radist: client } = clientsAt(kommo.url, `${radist.url}/v2`)
    radist.world.webhooks.length = 0
    await client.createWebhook(access, 2, recorded.url)
    const created = await client.createChat(access, 2, PHONE, always)
    if (created.kind !== 'accepted') throw new Error('no chat')
    radist.world.reactions.set('whatsapp', 'silent')
    const target = { connectionId: 2, chatId: created.value.chatId }
    await client.send(access, target, { kind: 'text', text: 'Hello' }, always)
    await expect.poll(() => recorded.heard.length).toBeGreaterThan(0)
    const body: unknown = JSON.parse(recorded.heard[0] ?? '')
    expect(missingKeys(RADIST.messageWebhook, body)).toEqual([])
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../storage/system-clock.ts'
import { startRadist } from '../../emulators/radist/server.ts'
import { createLimiter } from '../limiter.ts'
import { RadistClient, type RadistAccess } from './client.ts'

let emulator: Awaited<ReturnType<typeof startRadist>>
let client: RadistClient
let access: RadistAccess

beforeAll(async () => {
  emulator = await startRadist(0)
  client = new RadistClient(createLimiter(systemClock), `${emulator.url}/v2`)
  const { world } = emulator
  access = {
    accountId: 1,
    key: world.apiKey,
    url: `${emulator.url}/v2`,
    companyId: world.companyId,
  }
})
afterAll(() => emulator.stop())

const PHONE = { kind: 'phone', value: '+34612770315' } as const
const WANTED = async () => true
const TEXT = { kind: 'text', text: 'Hello' } as const

describe('Radist’s API', () => {
  it('lists connections, with the state in which each is', async () => {
    const connections = await client.connections(access)
    expect(connections.ok && connections.value).toContainEqual({
      connectionId: 6,
      type: 'waba',
      name: '+34 688 01 55 90',
      state: 'unpaid',
    })
  })

  it('says how chats are created through each connection', async () => {
    const sources = await client.sources(access)
    const telegram = {
      connectionId: 3,
      type: 'telegram_personal',
      newChatBy: ['phone', 'username'],
    }
    expect(sources.ok && sources.value).toContainEqual(telegram)
  })

  it('lists chats page by page', async () => {
    const page = await client.chatsPage(access, null)
    expect(page.ok && page.value.chats.map(chat => chat.connectionId)).toEqual([3, 3])
    expect(page.ok && page.value.nextCursor).toBeNull()
  })

  it('creates a chat, or gives the one that is there', async () => {
    const first = await client.createChat(access, 1, PHONE, WANTED)
    expect(first.kind).toBe('accepted')
    const chatId = first.kind === 'accepted' ? first.value.chatId : 0
    const again = await client.createChat(access, 1, { ...PHONE, value: '34612770315' }, WANTED)
    expect(again).toEqual({ kind: 'accepted', value: { chatId, isNew: false } })
  })

  it('sends a text and gives its id', async () => {
    const chat = await client.createChat(access, 1, PHONE, WANTED)
    if (chat.kind !== 'accepted') throw new Error('no chat')
    const sent = await client.send(
      access,
      { connectionId: 1, chatId: chat.value.chatId },
      TEXT,
      WANTED,
    )
    expect(sent).toMatchObject({ kind: 'accepted' })
  })

  it('tells a connection’s own errors from all others', async () => {
    expect(await client.createChat(access, 6, PHONE, WANTED)).toEqual({
      kind: 'rejected',
      error: { scope: 'connection', code: 'connection_unpaid', httpStatus: 400 },
    })
    expect(await client.createChat(access, 999, PHONE, WANTED)).toMatchObject({
      error: { scope: 'connection', code: 'connection_deleted' },
    })
    emulator.world.reactions.set('whatsapp', 'not_registered')
    const stranger = { kind: 'phone', value: '+34612770399' } as const
    expect(await client.createChat(access, 1, stranger, WANTED)).toMatchObject({
      error: { scope: 'other', code: 'rejected' },
    })
    emulator.world.reactions.clear()
  })

  it('registers and removes webhooks', async () => {
    const created = await client.createWebhook(access, 1, 'http://localhost:9/hook')
    expect(created.ok).toBe(true)
    expect(emulator.world.webhooks).toHaveLength(1)
    if (created.ok) await client.deleteWebhook(access, created.value)
    expect(emulator.world.webhooks).toHaveLength(0)
  })

  it('refuses a foreign key and an unknown company', async () => {
    const foreign = await client.connections({ ...access, key: 'other' })
    expect(foreign).toEqual({ ok: false, failure: { code: 'key_refused' } })
    const unknown = await client.connections({ ...access, companyId: 1 })
    expect(unknown).toEqual({ ok: false, failure: { code: 'company_not_found' } })
  })

  it('answers 429 to what comes too fast, and the limiter keeps us below that', async () => {
    const hasty = new RadistClient(async () => false, access.url)
    const tooFast = await Promise.all(Array.from({ length: 8 }, () => hasty.connections(access)))
    expect(tooFast).toContainEqual({
      ok: false,
      failure: { code: 'unavailable', retryAfterMs: null },
    })
    await systemClock.sleepUntil(Date.now() + 1000)
    const inTime = await Promise.all(Array.from({ length: 8 }, () => client.connections(access)))
    expect(inTime.every(answer => answer.ok)).toBe(true)
  })
})

describe('an answer that does not come', () => {
  it('is a refusal when nothing was sent', async () => {
    const down = { ...access, url: 'http://127.0.0.1:20001/v2' }
    const nobody = new RadistClient(async () => false, down.url)
    const target = { connectionId: 1, chatId: 1 }
    expect(await nobody.send(down, target, TEXT, WANTED)).toEqual({
      kind: 'rejected',
      error: { scope: 'other', code: 'unreachable' },
    })
  })
})

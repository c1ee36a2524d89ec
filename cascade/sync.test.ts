import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT_ID } from '../emulators/kommo/account.ts'
import { startInProcess } from '../e2e/support/in-process.ts'
import { until } from '../e2e/support/until.ts'
import type { Account } from '../storage/accounts.ts'
import { newChatsIn, readConnections, setConnection } from '../storage/cascades.ts'
import { isChatCheckDue } from './core/nightly.ts'
import { radistAccess } from './effects.ts'
import { syncChats } from './sync-chats.ts'
import { syncConnections } from './sync-connections.ts'
import { syncWebhooks } from './sync-webhooks.ts'

let stack: Awaited<ReturnType<typeof startInProcess>>
beforeAll(async () => {
  stack = await startInProcess()
})
afterAll(() => stack.stop())

const world = () => stack.radist.world
async function account(): Promise<Account> {
  const found = await stack.services.accounts.find(stack.services.database, ACCOUNT_ID)
  if (!found) throw new Error('no account')
  return found
}
async function known() {
  const one = await account()
  const access = radistAccess(one)
  if (!access) throw new Error('no keys')
  return { account: one, access }
}
async function webhooks(publicUrl = stack.url) {
  const { account: one, access } = await known()
  const services = { ...stack.services, settings: { ...stack.services.settings, publicUrl } }
  return syncWebhooks(services, one, access)
}
async function connections() {
  const { account: one, access } = await known()
  expect(await syncConnections(stack.services, one, access)).toBeNull()
  return readConnections(stack.services.database, ACCOUNT_ID)
}
const ours = (at: number) =>
  world().webhooks.filter(
    one => one.connectionId === at && one.url.startsWith(`${stack.url}/hooks/radist/`),
  )
const creations = () =>
  stack.radist.calls.filter(call => call.method === 'POST' && /\/webhooks\/?$/u.test(call.path))
    .length

describe('webhooks', () => {
  afterEach(async () => {
    world().switches.webhooks = 'many'
    world().switches.webhookList = 'named'
    await stack.services.accounts.update(stack.services.database, ACCOUNT_ID, {
      webhook_rival: null,
    })
  })

  it('stand once at each connection, and stay as they are', async () => {
    await webhooks()
    const before = world().webhooks.map(one => one.id)
    expect(new Set(world().webhooks.map(one => one.connectionId)).size).toBe(before.length)
    const made = creations()
    await webhooks()
    expect(world().webhooks.map(one => one.id)).toEqual(before)
    expect(creations()).toBe(made)
  })

  it.each(['named', 'bare'] as const)(
    'that were lost come back, doubles go, others’ stay (list: %s)',
    async webhookList => {
      world().switches.webhookList = webhookList
      await webhooks()
      const other = { id: 9001, connectionId: 2, url: 'https://other.example/hook', events: ['x'] }
      world().webhooks.push(other)
      const [one] = ours(1)
      if (!one) throw new Error('no webhook')
      world().webhooks.splice(world().webhooks.indexOf(one), 1)
      const [two] = ours(2)
      if (two) world().webhooks.push({ ...two, id: 9002 })
      await webhooks()
      expect(ours(1)).toHaveLength(1)
      expect(ours(2)).toHaveLength(1)
      expect(world().webhooks).toContain(other)
      world().webhooks.splice(world().webhooks.indexOf(other), 1)
    },
  )

  it('follow us to another address', async () => {
    await webhooks('http://127.0.0.1:9')
    expect(world().webhooks.every(one => one.url.startsWith('http://127.0.0.1:9/'))).toBe(true)
    await webhooks()
    expect(world().webhooks.every(one => one.url.startsWith(`${stack.url}/`))).toBe(true)
  })

  it('that a neighbour displaces are taken back once, then a person is asked', async () => {
    await webhooks()
    world().switches.webhooks = 'displace'
    const intrude = () => {
      const [own] = ours(1)
      if (own) world().webhooks.splice(world().webhooks.indexOf(own), 1)
      const url = 'https://other.example/hook'
      world().webhooks.push({ id: 9003, connectionId: 1, url, events: ['x'] })
    }
    intrude()
    await webhooks()
    expect(ours(1)).toHaveLength(1)
    expect((await account()).webhookRival).toBe('other.example')
    intrude()
    await webhooks()
    await webhooks()
    expect(ours(1)).toHaveLength(0)
    const stored = await readConnections(stack.services.database, ACCOUNT_ID)
    expect(stored.find(one => one.connectionId === 1)?.webhookId).toBeNull()
    // The person has removed the other one, and reads again.
    world().webhooks.splice(
      world().webhooks.findIndex(one => one.id === 9003),
      1,
    )
    await webhooks()
    expect(ours(1)).toHaveLength(1)
  })

  it('of ours that displace a neighbour’s say so', async () => {
    await webhooks()
    world().switches.webhooks = 'displace'
    const [own] = ours(1)
    if (own) world().webhooks.splice(world().webhooks.indexOf(own), 1)
    await setConnection(stack.services.database, ACCOUNT_ID, 1, { webhook_id: null })
    const url = 'https://other.example/hook'
    world().webhooks.push({ id: 9004, connectionId: 1, url, events: ['x'] })
    await webhooks()
    expect((await account()).webhookRival).toBe('other.example')
  })
})

describe('a connection', () => {
  afterEach(() => {
    world().switches.connectionState = 'told'
  })
  const rest = () =>
    setConnection(stack.services.database, ACCOUNT_ID, 1, {
      resting_until: Date.now() + 3600_000,
      rests: 2,
    })
  const first = async () => (await connections()).find(one => one.connectionId === 1)

  it('of which Radist says that it is well comes back from its rest', async () => {
    await rest()
    expect(await first()).toMatchObject({ restingUntil: null, rests: 0, state: 'in_subscription' })
  })

  it('of which Radist says nothing rests until its time', async () => {
    world().switches.connectionState = 'untold'
    await rest()
    await setConnection(stack.services.database, ACCOUNT_ID, 1, { state: 'logged_out' })
    expect(await first()).toMatchObject({ rests: 2, state: 'logged_out' })
    // A day without another error is as good as a word.
    const long = { resting_until: Date.now() - 25 * 3600_000, rests: 2 }
    await setConnection(stack.services.database, ACCOUNT_ID, 1, long)
    expect(await first()).toMatchObject({ rests: 0 })
  })

  it('that is gone is called deleted, and is back when Radist lists it again', async () => {
    world().switches.connectionState = 'untold'
    const [gone] = world().connections.splice(0, 1)
    if (!gone) throw new Error('no connection')
    expect(await first()).toMatchObject({ state: 'deleted' })
    world().connections.unshift(gone)
    expect(await first()).toMatchObject({ state: 'in_subscription' })
  })

  it.each(['list', 'flags', 'untold'] as const)(
    'says by what chats are created as a %s, or by what is known of its messenger',
    async newChatBy => {
      world().switches.newChatBy = newChatBy
      await connections()
      const rows = await stack.services.database.selectFrom('messengers').selectAll().execute()
      const by = rows.map(row => [row.type, JSON.parse(row.new_chat_by) as string[]])
      expect(by).toContainEqual(['whatsapp', ['phone']])
      expect(by).toContainEqual(['telegram_personal', ['phone', 'username']])
      world().switches.newChatBy = 'list'
    },
  )

  it('has its new chats counted, and is passed over when its plan allows no more', async () => {
    const { database } = stack.services
    const before = await readConnections(database, ACCOUNT_ID)
    const bot = (lead: number) => stack.runBot({ version: 1, text: 'Hello' }, lead)
    await bot(2003)
    const counted = await readConnections(database, ACCOUNT_ID)
    const used = counted.find(
      (one, index) => newChatsIn(one, Date.now()) > newChatsIn(before[index] ?? one, Date.now()),
    )
    expect(used?.messenger).toBe('whatsapp')
    for (const { connectionId, messenger } of counted) {
      if (messenger !== 'whatsapp') continue
      await setConnection(database, ACCOUNT_ID, connectionId, { new_chats_max: 0 })
    }
    await bot(2005)
    const connectionOf = world().sends.at(-1)?.connectionId
    expect(world().connections.find(one => one.id === connectionOf)?.type).toBe('telegram_personal')
    for (const { connectionId } of counted) {
      await setConnection(database, ACCOUNT_ID, connectionId, { new_chats_max: null })
    }
  })
})

describe('the chat index', () => {
  it('goes on where it stopped, and begins anew when that place is forgotten', async () => {
    const { database, radist } = stack.services
    const asked: (string | null)[] = []
    const page = (cursor: string | null, next: string | null) => ({
      ok: true as const,
      value: {
        chats: [
          {
            chatId: 5000 + asked.length,
            connectionId: 1,
            phone: `34600000${100 + Number(cursor ?? 0)}`,
            username: null,
            lastActiveAt: 1,
          },
        ],
        nextCursor: next,
      },
    })
    let fails: 'unavailable' | 'unexpected_answer' | null = null
    const paged = {
      ...stack.services,
      radist: Object.assign(Object.create(radist) as typeof radist, {
        async chatsPage(_access: unknown, cursor: string | null) {
          asked.push(cursor)
          if (fails && cursor === '2') {
            return fails === 'unavailable'
              ? { ok: false, failure: { code: fails, retryAfterMs: null } }
              : { ok: false, failure: { code: fails, httpStatus: 400 } }
          }
          const at = Number(cursor ?? 0)
          return page(cursor, at < 3 ? String(at + 1) : null)
        },
      }),
    }
    const run = async () => {
      const { account: one, access } = await known()
      return syncChats(paged, one, access)
    }
    fails = 'unavailable'
    expect(await run()).toMatchObject({ code: 'unavailable' })
    expect(asked).toEqual([null, '1', '2'])
    expect(await account()).toMatchObject({ syncCursor: '2', sync: null })
    fails = 'unexpected_answer'
    await run()
    expect((await account()).syncCursor).toBeNull()
    asked.length = 0
    fails = null
    expect(await run()).toBeNull()
    expect(asked).toEqual([null, '1', '2', '3'])
    expect((await account()).syncCursor).toBeNull()
    const rows = await database.selectFrom('chats').select('phone').execute()
    expect(rows.map(row => row.phone)).toContain('+34600000103')
  })

  it('is read again in the account’s own night', () => {
    const at = (iso: string) => Date.parse(iso)
    const synced = at('2026-11-22T12:00:00Z')
    const of = {
      radistSyncedAt: synced,
      chatsSyncedAt: synced,
      syncCursor: null,
      timeZone: 'America/Sao_Paulo',
    }
    expect(isChatCheckDue(of, at('2026-11-22T20:00:00Z'))).toBe(false)
    expect(isChatCheckDue(of, at('2026-11-23T03:30:00Z'))).toBe(false)
    // 2:00 in São Paulo, but less than a day has passed; an hour later it is night still.
    expect(
      isChatCheckDue({ ...of, chatsSyncedAt: synced - 5 * 3600_000 }, at('2026-11-23T05:00:00Z')),
    ).toBe(true)
    expect(isChatCheckDue(of, at('2026-11-23T14:00:00Z'))).toBe(false)
    expect(isChatCheckDue(of, at('2026-11-23T18:30:00Z'))).toBe(true)
    expect(isChatCheckDue({ ...of, syncCursor: 'x' }, synced)).toBe(true)
    expect(isChatCheckDue({ ...of, timeZone: 'Nowhere/At_All' }, synced)).toBe(false)
  })
})

describe('an account that was given other keys', () => {
  it('is looked at again at once', async () => {
    const { accounts, database } = stack.services
    const before = await account()
    if (!before.radist) throw new Error('no keys')
    await accounts.setRadist(database, before, before.radist)
    await until('the sync', async () => (await account()).radistSyncedAt !== null)
  })
})

import { mkdtemp } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Accounts } from './accounts.ts'
import { readCascade, saveCascade, upsertConnection, upsertMessenger } from './cascades.ts'
import { findChats, upsertChat } from './chats.ts'
import type { Database } from './database.ts'
import { lockFolder } from './folder-lock.ts'
import { storeReceipt, takeReceipts } from './receipts.ts'
import { SecretBox } from './secret-box.ts'
import { createSession, createSignInCode, takeSignInCode, useSession } from './sessions.ts'
import { DATABASES, openTestStorage, type TestStorage } from './testing/open-test-storage.ts'

describe.each(DATABASES)('%s', kind => {
  let storage: TestStorage
  let db: Database
  beforeAll(async () => {
    storage = await openTestStorage(kind)
    db = storage.database
  })
  beforeEach(() => storage.clear())
  afterAll(() => storage.close())
  const ACCOUNT = 1

  describe('secrets', () => {
    it('P5 are not readable at rest, and open again', async () => {
      const accounts = new Accounts(
        new SecretBox('a secret of some length'),
        'https://radist.example',
      )
      const radist = { key: 'radist-key', url: null, companyId: 5 }
      await accounts.save(db, { id: 1, subdomain: 's', kommoToken: 'kommo-token', radist }, 0)
      const rows = [
        await db.selectFrom('accounts').selectAll().execute(),
        await db.selectFrom('kommo_grants').selectAll().execute(),
      ]
      expect(JSON.stringify(rows)).not.toMatch(/kommo-token|radist-key/u)
      expect(await accounts.find(db, 1)).toMatchObject({ radist: { key: 'radist-key' } })
      expect(await accounts.grants.find(db, 1)).toMatchObject({ accessToken: 'kommo-token' })
    })

    it('P5 are sealed anew when the key is changed, and the old key is not needed any more', async () => {
      const before = new Accounts(new SecretBox('the first secret'), 'https://radist.example')
      const radist = { key: 'radist-key', url: null, companyId: 5 }
      await before.save(db, { id: 1, subdomain: 's', kommoToken: 'kommo-token', radist }, 0)
      const both = new Accounts(
        new SecretBox('the second secret', 'the first secret'),
        'https://radist.example',
      )
      expect(await both.reseal(db)).toBe(2)
      expect(await both.reseal(db)).toBe(0)
      const after = new Accounts(new SecretBox('the second secret'), 'https://radist.example')
      expect(await after.find(db, 1)).toMatchObject({ radist: { key: 'radist-key' } })
      expect((await after.grants.find(db, 1))?.accessToken).toBe('kommo-token')
      await expect(before.find(db, 1)).rejects.toThrow('SECRET_KEY_BEFORE')
    })

    it('do not open under another key', () => {
      const sealed = new SecretBox('one').seal('x')
      expect(() => new SecretBox('two').open(sealed)).toThrow()
    })
  })

  describe('removing an account', () => {
    it('takes everything of its own with it, and nothing of another’s', async () => {
      const accounts = new Accounts(
        new SecretBox('a secret of some length'),
        'https://radist.example',
      )
      for (const id of [1, 2]) {
        await accounts.save(db, { id, subdomain: `s${id}`, kommoToken: 't', radist: null }, 0)
        const chat = {
          chatId: 7,
          connectionId: 1,
          phone: '+1',
          username: null,
          lastActiveAt: 1,
          lastInboundAt: null,
        }
        await upsertChat(db, id, chat)
      }
      expect(await accounts.remove(db, 1)).toBe(true)
      expect(await accounts.remove(db, 1)).toBe(false)
      expect(await findChats(db, 1, { phones: ['+1'], usernames: [] })).toEqual([])
      expect(await findChats(db, 2, { phones: ['+1'], usernames: [] })).toHaveLength(1)
    })
  })

  describe('the cascade', () => {
    const change = (version: number, types: string[]) => ({
      version,
      messengers: types.map(type => ({
        type,
        isOn: true,
        waitSeconds: 60,
        success: 'delivered' as const,
        tickedConnectionIds: [],
      })),
    })

    beforeEach(async () => {
      const accounts = new Accounts(
        new SecretBox('a secret of some length'),
        'https://radist.example',
      )
      await accounts.save(db, { id: ACCOUNT, subdomain: 's', kommoToken: 't', radist: null }, 0)
      for (const [position, type] of ['a', 'b'].entries()) {
        const joins = { position, isOn: true, isNew: false }
        await upsertMessenger(
          db,
          ACCOUNT,
          { type, canWriteFirst: true, newChatBy: ['phone'] },
          joins,
        )
        const connection = {
          connectionId: position,
          messenger: type,
          name: type,
          state: 'in_subscription' as const,
        }
        await upsertConnection(db, ACCOUNT, connection, { ticked: true, isNew: false })
      }
    })

    it('is saved in a new order, with what is ticked', async () => {
      expect(await saveCascade(db, ACCOUNT, change(1, ['b', 'a']))).toBe('saved')
      const cascade = await readCascade(db, ACCOUNT)
      expect(cascade.map(messenger => messenger.type)).toEqual(['b', 'a'])
      expect(cascade[0]?.connections[0]?.ticked).toBe(false)
    })

    it('is not saved from an old version, nor with a messenger missing, twice or unknown', async () => {
      expect(await saveCascade(db, ACCOUNT, change(0, ['b', 'a']))).toBe('conflict')
      for (const types of [['a'], ['a', 'a'], ['a', 'c'], ['a', 'b', 'c']]) {
        const result = db.transaction().execute(async transaction => {
          expect(await saveCascade(transaction, ACCOUNT, change(1, types))).toBe(
            'unknown_messenger',
          )
          throw new Error('undone')
        })
        await expect(result).rejects.toThrow('undone')
      }
      expect((await readCascade(db, ACCOUNT)).map(messenger => messenger.type)).toEqual(['a', 'b'])
    })
  })

  describe('the chat index', () => {
    it('finds chats by phone and username, the latest active first', async () => {
      const chat = { connectionId: 1, phone: '+34', username: null, lastInboundAt: null }
      await upsertChat(db, ACCOUNT, { ...chat, chatId: 1, lastActiveAt: 5 })
      await upsertChat(db, ACCOUNT, { ...chat, chatId: 2, lastActiveAt: 9 })
      await upsertChat(db, ACCOUNT, {
        ...chat,
        chatId: 3,
        phone: null,
        username: 'anna',
        lastActiveAt: 7,
      })
      const found = await findChats(db, ACCOUNT, { phones: ['+34', '+35'], usernames: ['anna'] })
      expect(found.map(one => one.chatId)).toEqual([2, 3, 1])
      expect(await findChats(db, 2, { phones: ['+34'], usernames: [] })).toEqual([])
    })

    it('keeps what an update does not know, and the later activity', async () => {
      const known = {
        chatId: 1,
        connectionId: 1,
        phone: '+34',
        username: 'anna',
        lastActiveAt: 9,
        lastInboundAt: 3,
      }
      await upsertChat(db, ACCOUNT, known)
      await upsertChat(db, ACCOUNT, {
        ...known,
        phone: null,
        username: null,
        lastActiveAt: 4,
        lastInboundAt: null,
      })
      expect(await findChats(db, ACCOUNT, { phones: ['+34'], usernames: [] })).toEqual([known])
    })
  })

  describe('receipts', () => {
    it('wait for their message’s run, are kept once, and are taken once', async () => {
      const receipt = {
        accountId: ACCOUNT,
        messageId: 'm',
        status: 'delivered' as const,
        receivedAt: 1,
        runId: null,
      }
      await storeReceipt(db, receipt)
      await storeReceipt(db, receipt)
      await storeReceipt(db, { ...receipt, accountId: 2 })
      expect(await takeReceipts(db, ACCOUNT, 'm', 'r')).toEqual(['delivered'])
      expect(await takeReceipts(db, ACCOUNT, 'm', 'r')).toEqual([])
    })
  })

  describe('a sign-in code', () => {
    const person = { accountId: ACCOUNT, userId: 5, isAdmin: true }

    it('works once, within a minute, and is not stored as it is', async () => {
      const code = await createSignInCode(db, person, 0)
      expect(
        JSON.stringify(await db.selectFrom('sign_in_codes').selectAll().execute()),
      ).not.toContain(code)
      expect(await takeSignInCode(db, code, 59_000)).toEqual(person)
      expect(await takeSignInCode(db, code, 59_000)).toBeNull()
      const late = await createSignInCode(db, person, 0)
      expect(await takeSignInCode(db, late, 60_001)).toBeNull()
    })

    it('leads to a session that ends', async () => {
      const token = await createSession(db, person, 0)
      expect(await useSession(db, token, 1000)).toEqual({ person, isRenewed: false })
      expect(await useSession(db, token, 13 * 3600_000)).toBeNull()
      expect(await useSession(db, 'other', 1000)).toBeNull()
    })
  })

  describe('the data folder', () => {
    it('is one process’s only', async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'cascade-'))
      const unlock = lockFolder(folder)
      expect(() => lockFolder(folder)).toThrow(/Another process already works/u)
      unlock()
      lockFolder(folder)()
    })
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../storage/database.ts'
import { insertRun } from '../storage/runs.ts'
import { decide } from './core/decide.ts'
import type { RunEvent } from './core/events.ts'
import { newRun, type Step } from './core/run.ts'
import { webhooksLookDead } from './webhooks-health.ts'
import {
  DATABASES,
  openTestStorage,
  type TestStorage,
} from '../storage/testing/open-test-storage.ts'

describe.each(DATABASES)('%s', kind => {
  const ACCOUNT = 1
  const MINUTE_MS = 60_000
  let storage: TestStorage
  let db: Database
  beforeAll(async () => {
    storage = await openTestStorage(kind)
    db = storage.database
  })
  afterAll(() => storage.close())
  let lastRun = 0
  beforeEach(async () => {
    await storage.clear()
  })

  /** A run whose message was accepted at minute 0, and what came of it. */
  async function sent(after: RunEvent[], success: Step['success'] = 'delivered'): Promise<void> {
    lastRun += 1
    const created = newRun({
      id: `run-${lastRun}`,
      now: lastRun,
      lifetimeSeconds: 3600,
      hasReturnUrl: false,
      writesNote: false,
    })
    const events: RunEvent[] = [
      {
        type: 'gathered',
        gathered: {
          contactId: lastRun,
          contactName: '',
          leadName: '',
          phones: ['+34612770315'],
          usernames: [],
          parts: [{ kind: 'text', text: 'Hello' }],
          warnings: [],
          existingChat: null,
          steps: [
            {
              messenger: 'whatsapp',
              isOn: true,
              waitSeconds: 60,
              success,
              canWriteFirst: true,
              newChatBy: ['phone'],
            },
          ],
        },
      },
      { type: 'connection_picked', connectionId: 1 },
      { type: 'chat_created', chatId: lastRun },
      { type: 'chat_free' },
      { type: 'part_accepted', attempt: 1, part: 0, messageId: 'message' },
      ...after,
    ]
    const run = events.reduce((state, event) => decide(state, event, lastRun).run, created)
    const subject = {
      accountId: ACCOUNT,
      origin: 'bot',
      entity: { type: 'lead', id: lastRun },
      returnUrl: null,
      tokenIssuedAt: null,
      tokenHash: null,
      message: '{}',
    } as const
    await insertRun(db, { run, subject }, [])
  }

  const delivered: RunEvent = { type: 'receipt', messageId: 'message', status: 'delivered' }

  describe('webhooks', () => {
    it('look dead when five accepted messages in a row brought no receipt for ten minutes', async () => {
      for (let index = 0; index < 5; index++) await sent([])
      expect(await webhooksLookDead(db, ACCOUNT, 9 * MINUTE_MS)).toBe(false)
      expect(await webhooksLookDead(db, ACCOUNT, 11 * MINUTE_MS)).toBe(true)
      expect(await webhooksLookDead(db, 2, 11 * MINUTE_MS)).toBe(false)
    })

    it('are alive when one of the last five messages brought news', async () => {
      for (const after of [[], [], [delivered], [], []]) await sent(after)
      expect(await webhooksLookDead(db, ACCOUNT, 11 * MINUTE_MS)).toBe(false)
    })

    it('are not judged by messengers that report no delivery', async () => {
      for (let index = 0; index < 5; index++) await sent([], 'accepted')
      expect(await webhooksLookDead(db, ACCOUNT, 11 * MINUTE_MS)).toBe(false)
    })
  })
})

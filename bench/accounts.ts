import { decide } from '../cascade/core/decide.ts'
import type { RunEvent } from '../cascade/core/events.ts'
import { newRun, type Run } from '../cascade/core/run.ts'
import { Accounts } from '../storage/accounts.ts'
import { upsertConnection, upsertMessenger } from '../storage/cascades.ts'
import { openDatabase } from '../storage/database.ts'
import { insertRun } from '../storage/runs.ts'
import { SecretBox } from '../storage/secret-box.ts'
import { secretOf } from './outside.ts'

export const ACCOUNTS = 1000
/** `SECRET_KEY` of the servers that are measured. */
export const BOX_SECRET = 'the secret key of the benchmark'
const MESSENGERS = ['whatsapp', 'telegram_personal'] as const

/** A database with 1,000 connected accounts, so that the outside's limits do not bind. */
export async function fillAccounts(
  url: string,
  params: { outsideUrl: string; publicUrl: string },
): Promise<void> {
  const database = await openDatabase(url)
  const accounts = new Accounts(new SecretBox(BOX_SECRET), params.outsideUrl)
  const now = Date.now()
  await database.transaction().execute(async db => {
    for (let id = 1; id <= ACCOUNTS; id++) {
      const radist = { key: 'k', url: null, companyId: id }
      await accounts.save(db, { id, subdomain: `bench-${id}`, kommoToken: 't', radist }, now)
      await db
        .updateTable('accounts')
        .set({
          radist_secret: secretOf(id),
          radist_synced_at: now,
          chats_synced_at: now,
          // Nothing is looked at while it is measured.
          check_at: Number.MAX_SAFE_INTEGER,
          webhook_url: `${params.publicUrl}/hooks/radist/${secretOf(id)}`,
          country: 'ES',
        })
        .where('id', '=', id)
        .execute()
      for (const [position, type] of MESSENGERS.entries()) {
        const facts = { type, canWriteFirst: true, newChatBy: ['phone'] } as const
        await upsertMessenger(db, id, facts, { position, isOn: true, isNew: false })
        const connection = {
          connectionId: id * 10 + position + 1,
          messenger: type,
          name: type,
          state: 'in_subscription',
        } as const
        await upsertConnection(db, id, connection, { ticked: true, isNew: false })
      }
    }
  })
  await database.destroy()
}

/** Runs that wait for their delivery until `deadlineAt`, as the engine would have left them. */
export async function fillWaiting(
  url: string,
  params: { count: number; deadlineAt: number; outsideUrl: string },
): Promise<void> {
  const database = await openDatabase(url)
  await database.transaction().execute(async db => {
    for (let index = 0; index < params.count; index++) {
      const accountId = (index % ACCOUNTS) + 1
      const id = 10_000_000 + index
      const run = waitingRun(index, accountId * 10 + 1, params.deadlineAt)
      const subject = {
        accountId,
        origin: 'bot',
        entity: { type: 'lead', id },
        returnUrl: `${params.outsideUrl}/api/v4/salesbot/1/continue/${id}`,
        tokenIssuedAt: 0,
        tokenHash: `hash-${index}`,
        message: '{"version":1,"text":"Hello [Contact.Name]"}',
      } as const
      await insertRun(db, { run, subject }, [{ type: 'started' }])
    }
  })
  await database.destroy()
}

export function waitingRun(index: number, connectionId: number, deadlineAt: number): Run {
  const now = Date.now()
  const waitSeconds = (deadlineAt - now) / 1000
  const created = newRun({
    id: `waiting-${index}`,
    now,
    lifetimeSeconds: 3600,
    hasReturnUrl: true,
    writesNote: false,
  })
  const step = {
    messenger: 'whatsapp',
    isOn: true,
    waitSeconds,
    success: 'delivered',
    canWriteFirst: true,
    newChatBy: ['phone'],
  } as const
  const events: RunEvent[] = [
    {
      type: 'gathered',
      gathered: {
        contactId: index,
        contactName: 'Anna',
        leadName: '',
        phones: [`+34${600_000_000 + index}`],
        usernames: [],
        parts: [{ kind: 'text', text: 'Hello Anna' }],
        warnings: [],
        existingChat: null,
        steps: [{ ...step, newChatBy: [...step.newChatBy] }],
      },
    },
    { type: 'connection_picked', connectionId },
    { type: 'chat_created', chatId: 10_000_000 + index },
    { type: 'chat_free' },
    { type: 'part_accepted', attempt: 1, part: 0, messageId: `waiting-message-${index}` },
  ]
  return events.reduce((run, event) => decide(run, event, now).run, created)
}

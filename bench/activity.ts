import { decide } from '../cascade/core/decide.ts'
import type { RunEvent } from '../cascade/core/events.ts'
import { newRun, type Run } from '../cascade/core/run.ts'
import { countsOf } from '../cascade/core/statistics.ts'
import type { HistoryEntry } from '../contracts/history.ts'
import { Accounts } from '../storage/accounts.ts'
import { upsertConnection, upsertMessenger } from '../storage/cascades.ts'
import { openDatabase } from '../storage/database.ts'
import { insertRun } from '../storage/runs.ts'
import { loadSecret, SecretBox } from '../storage/secret-box.ts'
import { addCounts } from '../storage/statistics.ts'

const DAYS = 30
const DAY_MS = 24 * 3600_000

type Size = { accountId: number; messengers: number; connections: number; runs: number }

/** A database with one account that has sent so much in the last month. */
export async function fillActivity(folder: string, size: Size): Promise<void> {
  const { accountId, messengers, connections, runs } = size
  const database = await openDatabase(`sqlite:${folder}/cascade.db`)
  const accounts = new Accounts(new SecretBox(loadSecret(undefined, folder)), 'http://127.0.0.1:9')
  const now = Date.now()
  const types = Array.from({ length: messengers }, (_, index) =>
    index === 0 ? 'whatsapp' : `messenger_${index}`,
  )
  await database.transaction().execute(async db => {
    const account = { id: accountId, subdomain: 'bench', kommoToken: 't', radist: null }
    await accounts.save(db, account, now)
    await accounts.update(db, accountId, { radist_synced_at: now, chats_synced_at: now })
    for (const [position, type] of types.entries()) {
      const facts = { type, canWriteFirst: true, newChatBy: ['phone'] } as const
      await upsertMessenger(db, accountId, facts, { position, isOn: true, isNew: false })
    }
    for (let index = 0; index < connections; index++) {
      // Half of them are one messenger's, whose list is the longest.
      const type = types[index % 2 === 0 ? 0 : index % messengers] ?? ''
      const connection = {
        connectionId: index + 1,
        messenger: type,
        name: `Connection no. ${index + 1}`,
        state: 'in_subscription',
      } as const
      await upsertConnection(db, accountId, connection, { ticked: true, isNew: false })
    }
  })
  for (let from = 0; from < runs; from += 5000) {
    await database.transaction().execute(async db => {
      for (let index = from; index < Math.min(runs, from + 5000); index++) {
        const at = now - Math.floor((DAYS * DAY_MS * (runs - index)) / runs)
        const { run, history, subject, counts } = runNo(index, at, size, types)
        await insertRun(db, { run, subject }, history)
        for (const one of counts) await addCounts(db, accountId, at, one)
      }
    })
  }
  await database.destroy()
}

/** One of many: most were delivered at once, some by the second messenger, few not at all. */
function runNo(index: number, at: number, size: Size, types: readonly string[]) {
  const connectionId = (index % size.connections) + 1
  let run: Run = newRun({
    id: idOf(index, at),
    now: at,
    lifetimeSeconds: 3600,
    hasReturnUrl: true,
    writesNote: false,
  })
  const sent = (attempt: number, connection: number): RunEvent[] => [
    { type: 'connection_picked', connectionId: connection },
    { type: 'chat_created', chatId: index * 10 + attempt },
    { type: 'chat_free' },
    { type: 'part_accepted', attempt, part: 0, messageId: `m-${index}-${attempt}` },
  ]
  const receipt = (attempt: number, status: 'delivered' | 'error'): RunEvent => ({
    type: 'receipt',
    messageId: `m-${index}-${attempt}`,
    status,
  })
  const falls = index % 5 === 0
  const events: RunEvent[] = [
    { type: 'started' },
    {
      type: 'gathered',
      gathered: {
        contactId: index % 20_000,
        contactName: `Contact ${index % 20_000}`,
        leadName: `Deal ${index}`,
        phones: [`+34${600_000_000 + (index % 20_000)}`],
        usernames: [],
        parts: [{ kind: 'text', text: 'Hello! Your order is ready, pick it up when you like.' }],
        warnings: [],
        existingChat: null,
        steps: types.map(messenger => ({
          messenger,
          isOn: true,
          waitSeconds: 60,
          success: 'delivered',
          canWriteFirst: true,
          newChatBy: ['phone'],
        })),
      },
    },
    ...sent(1, connectionId),
    receipt(1, falls ? 'error' : 'delivered'),
    ...(falls ? [...sent(2, (connectionId % size.connections) + 1), receipt(2, 'delivered')] : []),
    { type: 'continued', result: 'accepted' },
  ]
  const history: HistoryEntry[] = []
  const counts: NonNullable<ReturnType<typeof countsOf>>[] = []
  for (const [step, event] of events.entries()) {
    const now = at + step * (200 + (index % 40) * 30)
    const decision = decide(run, event, now)
    const counted = countsOf(run, decision.run, decision.history, now)
    if (counted) counts.push(counted)
    run = decision.run
    history.push(...decision.history)
  }
  const subject = {
    accountId: size.accountId,
    origin: 'bot',
    entity: { type: 'lead', id: index + 1 },
    returnUrl: `http://127.0.0.1:9/api/v4/salesbot/${index % 7}/continue/${index}`,
    tokenIssuedAt: 0,
    tokenHash: `hash-${index}`,
    message: '{"version":1,"text":"Hello!"}',
  } as const
  return { run, history, subject, counts }
}

/** Rising with time, as the engine's own are. */
function idOf(index: number, at: number): string {
  const time = at.toString(16).padStart(12, '0')
  const rest = index.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest}`
}

import type { RadistEvent } from '../integrations/radist/webhook.ts'
import { normalisePhone, normaliseUsername } from '../integrations/kommo/addresses.ts'
import type { Account } from '../storage/accounts.ts'
import { upsertChat } from '../storage/chats.ts'
import type { Queryable } from '../storage/database.ts'
import { storeReceipt } from '../storage/receipts.ts'
import { countUnknownEvent } from '../storage/unknown-events.ts'
import { runOfMessage, runsOfChat } from '../storage/sent-messages.ts'
import type { Engine, News } from './engine.ts'
import type { Services } from './services.ts'

/** An echo or reply concerns the last runs that wrote into its chat. */
const RUNS_OF_A_CHAT = 5

/** Takes a webhook of Radist's: it is durable, and its run knows of it, when this resolves. */
export async function receive(
  { clock, log, metrics, transact }: Services,
  engine: Engine,
  account: Account,
  event: RadistEvent,
): Promise<void> {
  metrics.webhooks.inc({ kind: event.type === 'receipt' ? event.status : event.type })
  switch (event.type) {
    case 'receipt': {
      const { messageId, status } = event
      const receipt = { accountId: account.id, messageId, status, receivedAt: clock.now() }
      return engine.receive(account, async (db, isToldNow) => {
        const runId = await runOfMessage(db, account.id, messageId)
        await storeReceipt(db, { ...receipt, runId: isToldNow ? runId : null })
        // Without a run it waits in the mailbox for the send's answer.
        return runId ? [{ runId, event: { type: 'receipt', messageId, status } }] : []
      })
    }
    case 'message':
      metrics.webhookLagSeconds.observe(Math.max(0, clock.now() - event.createdAt) / 1000)
      return engine.receive(account, db => storeMessage(db, account, event))
    case 'unknown':
      log.warn({ account: account.id, event: event.name }, 'unknown Radist event')
      return transact(account.id, db => countUnknownEvent(db, account.id, event, clock.now()))
    default:
      return event satisfies never
  }
}

async function storeMessage(
  db: Queryable,
  account: Account,
  event: Extract<RadistEvent, { type: 'message' }>,
): Promise<News[]> {
  const { chatId, connectionId, createdAt, messageId, kind, text } = event
  const isInbound = event.direction === 'inbound'
  // The echo of what is known to be our own says nothing new.
  if (!isInbound && (await runOfMessage(db, account.id, messageId))) return []
  await upsertChat(db, account.id, {
    chatId,
    connectionId,
    phone: event.phone && normalisePhone(event.phone, account.country),
    username: event.username && normaliseUsername(event.username),
    lastActiveAt: createdAt,
    lastInboundAt: isInbound ? createdAt : null,
  })
  if (!isInbound && event.byHand) return []
  const runIds = await runsOfChat(db, account.id, chatId, RUNS_OF_A_CHAT)
  return runIds.map(runId => ({
    runId,
    event: isInbound
      ? { type: 'reply', chatId, createdAt }
      : { type: 'echo', chatId, messageId, kind, text, createdAt },
  }))
}

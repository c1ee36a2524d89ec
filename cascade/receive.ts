import type { RadistEvent } from '../integrations/radist/webhook.ts'
import { normalisePhone, normaliseUsername } from '../integrations/kommo/addresses.ts'
import type { Account } from '../storage/accounts.ts'
import { upsertChat } from '../storage/chats.ts'
import { storeReceipt } from '../storage/receipts.ts'
import { runOfMessage, runsOfChat } from '../storage/runs.ts'
import type { Engine } from './engine.ts'
import type { Services } from './services.ts'

/** An echo or reply concerns the last runs that wrote into its chat. */
const RUNS_OF_A_CHAT = 5

/** Takes a webhook of Radist's: it is stored before this resolves, then its run is told. */
export async function receive(
  services: Services,
  engine: Engine,
  account: Account,
  event: RadistEvent,
): Promise<void> {
  const { transact, clock, failpoint, log } = services
  switch (event.type) {
    case 'receipt': {
      const { messageId, status } = event
      const receipt = { accountId: account.id, messageId, status, receivedAt: clock.now() }
      const runId = await transact(async transaction => {
        await storeReceipt(transaction, receipt)
        return runOfMessage(transaction, account.id, messageId)
      })
      failpoint('receipt: in the mailbox')
      // Without a run it waits in the mailbox for the send's answer.
      if (runId) await engine.tell(runId, { type: 'receipt', messageId, status })
      return
    }
    case 'message':
      return receiveMessage(services, engine, account, event)
    case 'unknown':
      log.warn({ account: account.id, event: event.name }, 'unknown Radist event')
      return
    default:
      return event satisfies never
  }
}

async function receiveMessage(
  { database, transact }: Services,
  engine: Engine,
  account: Account,
  event: Extract<RadistEvent, { type: 'message' }>,
): Promise<void> {
  const { chatId, connectionId, createdAt, messageId, kind, text } = event
  const chat = {
    chatId,
    connectionId,
    phone: event.phone && normalisePhone(event.phone, account.country),
    username: event.username && normaliseUsername(event.username),
    lastActiveAt: createdAt,
    lastInboundAt: event.direction === 'inbound' ? createdAt : null,
  }
  await transact(transaction => upsertChat(transaction, account.id, chat))
  if (event.direction === 'outbound') {
    if (event.byHand || (await runOfMessage(database, account.id, messageId))) return
  }
  for (const runId of await runsOfChat(database, account.id, chatId, RUNS_OF_A_CHAT)) {
    await engine.tell(
      runId,
      event.direction === 'inbound'
        ? { type: 'reply', chatId, createdAt }
        : { type: 'echo', chatId, messageId, kind, text, createdAt },
    )
  }
}

import { openRunIds } from '../storage/runs.ts'
import { deleteSessionsOf } from '../storage/sessions.ts'
import type { Engine } from './engine.ts'
import { removeWebhooks } from './sync-webhooks.ts'
import type { Services } from './services.ts'

/**
 * The integration was taken out of the account: its tokens go at once, its people are signed out, open runs end
 * without another message, and our webhooks at Radist go. What was set up stays for the day on which it comes back.
 */
export async function disconnectKommo(
  services: Services,
  engine: Engine,
  accountId: number,
): Promise<void> {
  const { accounts, database, log } = services
  const account = await accounts.find(database, accountId)
  if (!account) return
  await accounts.grants.remove(database, accountId)
  await deleteSessionsOf(database, accountId)
  log.info({ account: accountId }, 'Kommo disconnected: the integration was removed')
  for (const id of await openRunIds(database, accountId)) {
    await engine.tell({ id, accountId }, { type: 'disconnected' })
  }
  // A request for each connection takes longer than Kommo waits.
  removeWebhooks(services, account).catch((error: unknown) =>
    log.error({ account: accountId, err: error }, 'webhooks may be left at Radist'),
  )
}

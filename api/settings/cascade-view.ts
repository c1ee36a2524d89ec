import { WAIT_MIN_SECONDS, type CascadeView } from '../../contracts/cascade.ts'
import { messengerFacts } from '../../contracts/messengers.ts'
import { nextInTurn } from '../../cascade/core/round-robin.ts'
import { webhooksLookDead } from '../../cascade/webhooks-health.ts'
import { canSend } from '../../cascade/gather.ts'
import type { Account } from '../../storage/accounts.ts'
import { readCascade } from '../../storage/cascades.ts'
import type { Person } from '../../storage/sessions.ts'
import type { ApiServices } from '../services.ts'

/** The account's cascade as the settings app shows it. */
export async function cascadeView(
  { database, clock, settings }: ApiServices,
  account: Account,
  person: Person,
): Promise<CascadeView> {
  const now = clock.now()
  const messengers = await readCascade(database, account.id)
  return {
    version: account.cascadeVersion,
    canEdit: person.isAdmin,
    waitMinSeconds: shortestWaitSeconds(settings),
    webhooksLookDead: await webhooksLookDead(database, account.id, now),
    syncedAt: toIso(account.radistSyncedAt),
    messengers: messengers.map(messenger => {
      const next = nextInTurn(messenger.connections.filter(one => one.ticked && canSend(one, now)))
      return {
        type: messenger.type,
        name: messengerFacts(messenger.type).name,
        isOn: messenger.isOn,
        isNew: messenger.isNew,
        canWriteFirst: messenger.canWriteFirst,
        waitSeconds: messenger.waitSeconds ?? settings.deliveryWaitSeconds,
        success: messenger.success,
        connections: messenger.connections.map(connection => ({
          connectionId: connection.connectionId,
          name: connection.name,
          state: connection.state,
          ticked: connection.ticked,
          isNew: connection.isNew,
          restingUntil:
            (connection.restingUntil ?? 0) > now ? toIso(connection.restingUntil) : null,
          isNext: connection === next,
        })),
      }
    }),
  }
}

/** Below the usual one only through DELIVERY_WAIT_SECONDS, for demos and tests. */
export function shortestWaitSeconds(settings: ApiServices['settings']): number {
  return Math.min(WAIT_MIN_SECONDS, settings.deliveryWaitSeconds)
}

function toIso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

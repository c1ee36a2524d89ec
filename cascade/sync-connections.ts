import { FIRST_ORDER, isMessenger, messengerFacts } from '../contracts/messengers.ts'
import type { RadistConnection } from '../integrations/radist/answers.ts'
import type { RadistAccess, RadistFailure } from '../integrations/radist/client.ts'
import type { Account } from '../storage/accounts.ts'
import {
  markWell,
  readCascade,
  setConnection,
  upsertConnection,
  upsertMessenger,
} from '../storage/cascades.ts'
import type { Services } from './services.ts'

/** A rest that ended so long ago does not make the next one longer. */
const FORGIVEN_AFTER_MS = 24 * 3600_000

/**
 * Makes the account's messengers and connections like Radist's. Rule "a new account": the first time
 * everything joins the cascade, later only as *new*. A connection of which Radist says that it is well
 * comes back from its rest.
 */
export async function syncConnections(
  { clock, transact, radist }: Pick<Services, 'clock' | 'transact' | 'radist'>,
  account: Account,
  access: RadistAccess,
): Promise<RadistFailure | null> {
  const connections = await radist.connections(access)
  if (!connections.ok) return connections.failure
  const sources = await radist.sources(access)
  if (!sources.ok) return sources.failure
  const ofMessengers = connections.value.filter(connection => isMessenger(connection.type))
  await transact(account.id, async db => {
    const known = await readCascade(db, account.id)
    const isFirst = known.length === 0
    let position = known.length
    for (const type of orderOfTypes(ofMessengers)) {
      const source = sources.value.find(candidate => candidate.type === type)
      const newChatBy = source?.newChatBy ?? [...messengerFacts(type).newChatBy]
      const canWriteFirst = messengerFacts(type).canWriteFirst && newChatBy.length > 0
      const joins = { position, isOn: isFirst && canWriteFirst, isNew: !isFirst }
      await upsertMessenger(db, account.id, { type, canWriteFirst, newChatBy }, joins)
      if (known.every(messenger => messenger.type !== type)) position += 1
    }
    const before = known.flatMap(messenger => messenger.connections)
    for (const { connectionId, name, state: told, type: messenger } of ofMessengers) {
      const kept = before.find(one => one.connectionId === connectionId)?.state
      // It is in the list, so it is not deleted; beyond that Radist may say nothing.
      const state = told ?? (kept === undefined || kept === 'deleted' ? 'in_subscription' : kept)
      const joins = { ticked: isFirst, isNew: !isFirst }
      await upsertConnection(db, account.id, { connectionId, messenger, name, state }, joins)
      // Where Radist says nothing, a day without an error does.
      const forgivenBefore = clock.now() - FORGIVEN_AFTER_MS
      if (told === 'in_subscription') await markWell(db, account.id, connectionId)
      else if (told === null) await markWell(db, account.id, connectionId, forgivenBefore)
    }
    const gone = before.filter(one =>
      ofMessengers.every(found => found.connectionId !== one.connectionId),
    )
    for (const { connectionId } of gone) {
      await setConnection(db, account.id, connectionId, { state: 'deleted' })
    }
  })
  return null
}

/** Messengers in the order of a new cascade: the first three, then the rest as Radist lists them. */
function orderOfTypes(connections: readonly RadistConnection[]): string[] {
  const types = new Set(connections.map(connection => connection.type))
  const first = FIRST_ORDER.filter(type => types.has(type))
  return [...new Set([...first, ...types])]
}

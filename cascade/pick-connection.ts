import type { Queryable } from '../storage/database.ts'
import { countTurn, newChatsIn, readConnections, type Connection } from '../storage/cascades.ts'
import type { NoConnectionReason, RunEvent } from './core/events.ts'
import { nextInTurn } from './core/round-robin.ts'
import { canSend } from './gather.ts'

/** Picks the next connection of a messenger by round robin and counts the pick. */
export async function pickConnection(
  db: Queryable,
  accountId: number,
  messenger: string,
  except: readonly number[],
  now: number,
): Promise<RunEvent> {
  const all = await readConnections(db, accountId)
  const candidate = candidateFor(all, messenger, except, now)
  if (!('connection' in candidate)) return { type: 'no_connection', reason: candidate.reason }
  await countTurn(db, accountId, candidate.connection, all)
  return { type: 'connection_picked', connectionId: candidate.connection.connectionId }
}

/** Whose turn it is among the ticked connections of a messenger that can send, or why nobody's. */
export function candidateFor(
  all: readonly Connection[],
  messenger: string,
  except: readonly number[],
  now: number,
): { connection: Connection } | { reason: NoConnectionReason } {
  const ticked = all.filter(one => one.messenger === messenger && one.ticked)
  if (ticked.length === 0) return { reason: 'none_ticked' }
  const able = ticked.filter(one => canSend(one, now) && !except.includes(one.connectionId))
  const connection = nextInTurn(able.filter(one => mayStartChat(one, now)))
  if (connection) return { connection }
  return { reason: able.length > 0 ? 'new_chats_used_up' : 'none_can_send' }
}

/** Plans limit the new chats of a month, where an admin said so. */
function mayStartChat(connection: Connection, now: number): boolean {
  return connection.newChatsMax === null || newChatsIn(connection, now) < connection.newChatsMax
}

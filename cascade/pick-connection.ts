import type { Queryable } from '../storage/database.ts'
import { countTurn, readConnections, type Connection } from '../storage/cascades.ts'
import type { RunEvent } from './core/events.ts'
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
  await countTurn(db, accountId, candidate.connection)
  return { type: 'connection_picked', connectionId: candidate.connection.connectionId }
}

/** Whose turn it is among the ticked connections of a messenger that can send, or why nobody's. */
export function candidateFor(
  all: readonly Connection[],
  messenger: string,
  except: readonly number[],
  now: number,
): { connection: Connection } | { reason: 'none_ticked' | 'none_can_send' } {
  const ticked = all.filter(one => one.messenger === messenger && one.ticked)
  if (ticked.length === 0) return { reason: 'none_ticked' }
  const connection = nextInTurn(
    ticked.filter(one => canSend(one, now) && !except.includes(one.connectionId)),
  )
  return connection ? { connection } : { reason: 'none_can_send' }
}

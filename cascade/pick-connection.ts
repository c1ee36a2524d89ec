import type { Queryable } from '../storage/database.ts'
import { countTurn, readConnections } from '../storage/cascades.ts'
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
  const ticked = all.filter(one => one.messenger === messenger && one.ticked)
  if (ticked.length === 0) return { type: 'no_connection', reason: 'none_ticked' }
  const candidates = ticked.filter(one => canSend(one, now) && !except.includes(one.connectionId))
  const picked = nextInTurn(candidates)
  if (!picked) return { type: 'no_connection', reason: 'none_can_send' }
  await countTurn(db, accountId, picked)
  return { type: 'connection_picked', connectionId: picked.connectionId }
}

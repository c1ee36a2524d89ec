import type { HistoryEntry } from '../contracts/history.ts'
import type { Connection } from '../storage/cascades.ts'
import { commandsOf, decide } from './core/decide.ts'
import type { RunEvent } from './core/events.ts'
import { newRun, type Gathered } from './core/run.ts'
import { candidateFor } from './pick-connection.ts'

/** Longer than any cascade: a rule that never came to an end would be a bug of ours. */
const STEPS_MAX = 1000

/**
 * What would happen to a message if every messenger stayed silent until its wait is over: each decision,
 * as the real rules make it, at the time it would be made. Nothing leaves and nothing is written down.
 */
export function rehearse(
  begin: { type: 'gathered'; gathered: Gathered } | Extract<RunEvent, { type: 'gathering_failed' }>,
  connections: readonly Connection[],
  { now, lifetimeSeconds }: { now: number; lifetimeSeconds: number },
): { at: number; entry: HistoryEntry }[] {
  let at = now
  let run = newRun({
    id: 'rehearsal',
    now,
    lifetimeSeconds,
    hasReturnUrl: false,
    writesNote: false,
  })
  const turns = connections.map(connection => ({ ...connection }))
  const history: { at: number; entry: HistoryEntry }[] = []
  const tell = (event: RunEvent) => {
    const decision = decide(run, event, at)
    run = decision.run
    history.push(...decision.history.map(entry => ({ at, entry })))
  }
  tell({ type: 'started' })
  tell(begin)
  for (let step = 0; run.phase.name !== 'ended' && step < STEPS_MAX; step++) {
    const [command] = commandsOf(run, at)
    if (!command) {
      if (run.phase.name !== 'waiting') break
      at = run.phase.deadlineAt
      tell({ type: 'woken' })
      continue
    }
    switch (command.type) {
      case 'pick_connection': {
        const candidate = candidateFor(turns, command.messenger, command.except, at)
        if ('connection' in candidate) {
          const { connection } = candidate
          connection.lastTurn = Math.max(...turns.map(one => one.lastTurn)) + 1
          tell({ type: 'connection_picked', connectionId: connection.connectionId })
        } else tell({ type: 'no_connection', reason: candidate.reason })
        break
      }
      case 'create_chat':
        tell({ type: 'chat_created', chatId: -command.connectionId })
        break
      case 'queue_for_chat':
        tell({ type: 'chat_free' })
        break
      case 'send_part':
        tell({
          type: 'part_accepted',
          attempt: command.attempt,
          part: command.part,
          messageId: `rehearsal-${command.attempt}-${command.part}`,
        })
        break
      case 'gather':
      case 'read_back':
      case 'continue_bot':
      case 'write_note':
        return history
      default:
        command satisfies never
    }
  }
  return history
}

import type { Command, HistoryEntry, RunEvent } from './events.ts'
import type { Run } from './run.ts'
import { Transition } from './transition.ts'

export type Decision = { run: Run; commands: Command[]; history: HistoryEntry[] }

/**
 * The cascade's rules: what a run does next when something happens. Pure and total: an event that
 * means nothing in the present phase changes nothing. `now` is in milliseconds.
 */
export function decide(run: Run, event: RunEvent, now: number): Decision {
  const transition = new Transition(run, now)
  transition.apply(event)
  return {
    run: transition.run,
    commands: transition.commandsWanted ? commandsOf(transition.run, now) : [],
    history: transition.history,
  }
}

/** What remains to be done in a state. After a restart this finds every command that was lost. */
export function commandsOf(run: Run, now: number): Command[] {
  if (run.retryAt !== null && run.retryAt > now) return []
  const { phase } = run
  switch (phase.name) {
    case 'gathering':
      return [{ type: 'gather' }]
    case 'choosing': {
      const messenger = run.gathered?.steps[phase.step]?.messenger
      return messenger ? [{ type: 'pick_connection', messenger, except: phase.tried }] : []
    }
    case 'creating_chat':
      return [{ type: 'create_chat', connectionId: phase.connectionId, address: phase.address }]
    case 'queueing': {
      const attempt = run.attempts.at(-1)
      return attempt ? [{ type: 'queue_for_chat', chatId: attempt.chatId }] : []
    }
    case 'sending': {
      const attempt = run.attempts.at(-1)
      return attempt ? [{ type: 'send_part', attempt: attempt.number, part: phase.part }] : []
    }
    case 'waiting': {
      const attempt = run.attempts.at(-1)
      return attempt && phase.isReadingBack ? [{ type: 'read_back', attempt: attempt.number }] : []
    }
    case 'ended':
      return [
        ...(run.continuation.state === 'pending' ? [{ type: 'continue_bot' } as const] : []),
        ...(run.note === 'pending' ? [{ type: 'write_note' } as const] : []),
      ]
    default:
      return never(phase)
  }
}

/** When a run must be looked at again without any event, or null. */
export function wakeAtOf(run: Run): number | null {
  if (run.retryAt !== null) return run.retryAt
  return run.phase.name === 'waiting' && !run.phase.isReadingBack ? run.phase.deadlineAt : null
}

function never(value: never): never {
  throw new Error(`Unhandled: ${JSON.stringify(value)}`)
}

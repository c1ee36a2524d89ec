import {
  chatCreated,
  chatRefused,
  connectionPicked,
  gatheringDone,
  gatheringFailed,
  noConnection,
  putOff,
} from './choosing.ts'
import { continueAskedAgain, continued, noteClaimed } from './continuing.ts'
import { contactErased, disconnected, textsExpired } from './erasing.ts'
import { inPhase, tooLate, draftOf, type Draft } from './draft.ts'
import {
  deadlinePassed,
  echo,
  isUnknown,
  partAccepted,
  partRejected,
  partUnknown,
  readBack,
  receipt,
  reply,
} from './evidence.ts'
import { chatBusy, chatFree } from './sending.ts'
import type { Command, RunEvent } from './events.ts'
import type { HistoryEntry } from '../../contracts/history.ts'
import type { Run } from './run.ts'

/** After a stop of ours, receipts are delivered again for this long before a deadline counts. */
export const RESTART_GRACE_MS = 30_000

export type Decision = { run: Run; commands: Command[]; history: HistoryEntry[] }

/**
 * The cascade's rules: what a run does next when something happens. Pure and total: an event that
 * means nothing in the present phase changes nothing. `now` is in milliseconds.
 */
export function decide(run: Run, event: RunEvent, now: number): Decision {
  const draft = draftOf(run, now)
  apply(draft, event)
  const { history, commandsWanted } = draft
  return { run: draft.run, commands: commandsWanted ? commandsOf(draft.run, now) : [], history }
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

function apply(t: Draft, event: RunEvent): void {
  switch (event.type) {
    case 'started':
      t.history.push({ type: 'started' })
      t.commandsWanted = true
      return
    case 'restarted':
      return restarted(t)
    case 'taken_over':
      return takenOver(t)
    case 'woken':
      return woken(t)
    case 'gathered':
      return gatheringDone(t, event.gathered)
    case 'gathering_failed':
      return gatheringFailed(t, event.reason, event.who)
    case 'contact_erased':
      return contactErased(t)
    case 'disconnected':
      return disconnected(t)
    case 'texts_expired':
      return textsExpired(t)
    case 'put_off':
      return putOff(t, event.cause, event.retryAfterMs)
    case 'connection_picked':
      return connectionPicked(t, event.connectionId)
    case 'no_connection':
      return noConnection(t, event.reason)
    case 'chat_created':
      return chatCreated(t, event.chatId)
    case 'chat_refused':
      return chatRefused(t, event.error)
    case 'chat_free':
      return chatFree(t)
    case 'chat_busy':
      return chatBusy(t)
    case 'part_accepted':
      return partAccepted(t, event)
    case 'part_rejected':
      return partRejected(t, event)
    case 'part_unknown':
      return partUnknown(t, event)
    case 'receipt':
      return receipt(t, event)
    case 'echo':
      return echo(t, event)
    case 'read_back':
      return readBack(t)
    case 'reply':
      return reply(t, event)
    case 'continued':
      return continued(t, event.result)
    case 'continue_asked_again':
      return continueAskedAgain(t)
    case 'note_claimed':
      return noteClaimed(t)
    default:
      never(event)
  }
}

/**
 * Rule "a send that may have happened": a request that was in flight when we stopped is unknown.
 * Rule "lifetime": deadlines that passed, or are near, get the grace for receipts that come again.
 */
function restarted(t: Draft): void {
  const { phase } = t.run
  const attempt = t.run.attempts.at(-1)
  // What was put off is not on its way: its wake-up brings it, and only that.
  if (t.run.retryAt !== null) return
  if (phase.name === 'sending' && attempt) {
    return partUnknown(t, { attempt: attempt.number, part: phase.part })
  }
  if (phase.name === 'waiting') {
    phase.deadlineAt = Math.max(phase.deadlineAt, t.now + RESTART_GRACE_MS)
    phase.isReadingBack = false
    t.history.push({ type: 'restarted', graceUntil: phase.deadlineAt })
    return
  }
  t.commandsWanted = true
}

/** As after a stop of ours, but others took receipts meanwhile: a deadline needs no grace. */
function takenOver(t: Draft): void {
  const { phase, retryAt } = t.run
  if (retryAt !== null) return woken(t)
  const attempt = t.run.attempts.at(-1)
  if (phase.name === 'sending' && attempt) {
    return partUnknown(t, { attempt: attempt.number, part: phase.part })
  }
  if (phase.name === 'waiting') {
    phase.isReadingBack = false
    return woken(t)
  }
  t.commandsWanted = true
}

/** Rules "waiting" and "lifetime": what was put off is done now; a wait is over, once an unknown part was looked for. */
function woken(t: Draft): void {
  if (t.run.retryAt !== null) {
    if (t.run.retryAt > t.now) return
    t.run.retryAt = null
    t.commandsWanted = true
    if (t.run.phase.name !== 'ended' && t.now > t.run.expiresAt) tooLate(t)
    return
  }
  inPhase(t, 'waiting', phase => {
    if (phase.deadlineAt > t.now || phase.isReadingBack) return
    if (!isUnknown(t)) return deadlinePassed(t, phase.step)
    phase.isReadingBack = true
    t.commandsWanted = true
  })
}

function never(value: never): never {
  throw new Error(`Unhandled: ${JSON.stringify(value)}`)
}

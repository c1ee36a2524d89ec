import { backoffMs } from './backoff.ts'
import { inPhase, type Draft } from './draft.ts'

/** After the end: the bot goes on, the note is written. */

/** Continue is tried again for a day: a bot that hangs starts no other. */
const CONTINUE_FOR_MS = 24 * 3600_000

/** Rule "end": network errors, 429 and 5xx are tried again for a day; a refusal is final. */
export function continued(
  t: Draft,
  result: 'accepted' | 'gone' | 'refused' | 'held' | 'failed',
): void {
  inPhase(t, 'ended', phase => {
    const { continuation } = t.run
    if (continuation.state !== 'pending') return
    const tries = continuation.tries + 1
    if (result === 'failed') {
      const retryAt = t.now + backoffMs(tries)
      if (retryAt > phase.endedAt + CONTINUE_FOR_MS) {
        t.run.continuation = { state: 'settled', as: 'given_up' }
        t.history.push({ type: 'continued', result: 'given_up' })
        return
      }
      t.run.continuation = { state: 'pending', tries }
      t.run.retryAt = retryAt
      t.history.push({ type: 'continued', result })
      return
    }
    t.run.continuation =
      result === 'held' ? { state: 'held', tries } : { state: 'settled', as: result }
    t.history.push({ type: 'continued', result })
  })
}

/** Rule "hook": it came again, or the account was connected again: continue is tried now. */
export function continueAskedAgain(t: Draft): void {
  inPhase(t, 'ended', () => {
    if (t.run.continuation.state === 'none') return
    t.run.continuation = { state: 'pending', tries: 0 }
    t.run.retryAt = null
    t.commandsWanted = true
  })
}

/** Rule "end": the note is written at most once, so it counts as written before its request leaves. */
export function noteClaimed(t: Draft): void {
  if (t.run.note !== 'pending') return
  t.run.note = 'done'
  t.history.push({ type: 'note_written' })
}

import { end, enter, inPhase, lastAttempt, tooLate, type Draft } from './draft.ts'
import { higher, rankOf, type Attempt, type PartStatus, type Run, type Step } from './run.ts'

/** From an attempt to its wait: queueing for the chat, sending part after part. */

/** The attempt is written down as "sending" before its request leaves. */
export function startAttempt(
  t: Draft,
  attempt: Omit<Attempt, 'parts' | 'startedAt' | 'connectionFailed'>,
  step: number | null,
  tried: readonly number[],
): void {
  const parts = (t.run.gathered?.parts ?? []).map(() => ({ status: 'unsent' as PartStatus }))
  t.run.attempts.push({ ...attempt, parts, startedAt: t.now, connectionFailed: false })
  const { number, messenger, connectionId } = attempt
  t.history.push({ type: 'attempt_started', attempt: number, messenger, connectionId })
  enter(t, { name: 'queueing', step, tried: [...tried] })
}

/** Rule "at once": another run writes into this chat; this one stands in its queue. */
export function chatBusy(t: Draft): void {
  inPhase(t, 'queueing', () => {
    t.history.push({ type: 'chat_queued', attempt: lastAttempt(t).number })
  })
}

/** Rule "at once": sends into one chat go one after the other; it is this run's turn now. */
export function chatFree(t: Draft): void {
  inPhase(t, 'queueing', phase => {
    if (t.now > t.run.expiresAt) return tooLate(t)
    sendPart(t, 0, phase.step, phase.tried)
  })
}

/** Rule "a send that may have happened": a part is written down as being sent before its request leaves. */
export function sendPart(
  t: Draft,
  part: number,
  step: number | null,
  tried: readonly number[],
): void {
  const state = lastAttempt(t).parts[part]
  if (!state) return
  state.status = higher(state.status, 'sending')
  state.sentAt = t.now
  enter(t, { name: 'sending', step, tried: [...tried], part })
}

/** Rule "waiting": the deadline counts from the acceptance of the last part. */
export function waitFor(
  t: Draft,
  attempt: Attempt,
  step: number | null,
  tried: readonly number[],
): void {
  const deadlineAt = t.now + stepOfAttempt(t.run, attempt).waitSeconds * 1000
  enter(t, { name: 'waiting', step, tried: [...tried], deadlineAt, isReadingBack: false })
  t.history.push({ type: 'waiting', attempt: attempt.number, deadlineAt })
  settle(t, attempt, 'accepted')
}

/** Ends the run when all parts of the attempt have reached what its messenger counts as success. */
export function settle(t: Draft, attempt: Attempt, by: 'receipt' | 'reply' | 'accepted'): void {
  if (t.run.phase.name === 'ended') return
  const wanted = by === 'reply' ? 'delivered' : stepOfAttempt(t.run, attempt).success
  const reached = (status: PartStatus) => status !== 'error' && rankOf(status) >= rankOf(wanted)
  if (!attempt.parts.every(part => reached(part.status))) return
  const hasArrived = attempt.parts.every(part => rankOf(part.status) >= rankOf('delivered'))
  const { number, messenger } = attempt
  const known = by === 'accepted' ? 'receipt' : by
  end(t, { kind: 'delivered', attempt: number, messenger, by: hasArrived ? known : 'accepted' })
}

/** An existing chat may be of a messenger that is not in the cascade: then the defaults hold. */
export function stepOfAttempt(run: Run, attempt: Attempt): Pick<Step, 'waitSeconds' | 'success'> {
  const steps = run.gathered?.steps ?? []
  const step = steps.find(candidate => candidate.messenger === attempt.messenger)
  return step ?? { waitSeconds: 60, success: 'delivered' }
}

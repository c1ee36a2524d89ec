import { afterError, next } from './choosing.ts'
import { attemptFailed, inPhase, isLast, lastAttempt, partOf, type Draft } from './draft.ts'
import { sendPart, settle, waitFor } from './sending.ts'
import type { Early, RunEvent } from './events.ts'
import type { ProviderError } from '../../contracts/history.ts'
import { higher, rankOf, type Attempt, type Part } from './run.ts'

/** What is learnt of sends: answers, receipts, echoes, replies, silence. */

/** A clock apart from Radist's: an echo or reply this much before our request still belongs to it. */
const CLOCK_SKEW_MS = 5_000

/** Radist took a part: its id makes receipts find it. */
export function partAccepted(t: Draft, event: Extract<RunEvent, { type: 'part_accepted' }>): void {
  const part = partOf(t, event)
  if (!part) return
  part.messageId = event.messageId
  part.status = higher(part.status, 'accepted')
  t.history.push({ type: 'part_accepted', attempt: event.attempt, part: event.part })
  takeEarly(t, part, event)
  const { phase } = t.run
  if (phase.name !== 'sending' || !isLast(t, event.attempt) || phase.part !== event.part) return
  afterAcceptance(t, event.part, phase)
}

/** Rule "several parts": the next one goes once this is accepted; an error known by now ends it. */
function afterAcceptance(
  t: Draft,
  part: number,
  phase: { step: number | null; tried: readonly number[] },
): void {
  const attempt = lastAttempt(t)
  if (attempt.parts.some(one => one.status === 'error')) return erred(t, attempt, phase.step)
  if (part + 1 < attempt.parts.length) return sendPart(t, part + 1, phase.step, phase.tried)
  waitFor(t, attempt, phase.step, phase.tried)
}

/** Rule "errors": a part was refused, so the attempt has failed. */
export function partRejected(
  t: Draft,
  event: { attempt: number; part: number; error: ProviderError },
): void {
  const part = partOf(t, event)
  if (!part) return
  part.status = higher(part.status, 'rejected')
  const { attempt: number, error } = event
  t.history.push({ type: 'part_rejected', attempt: number, part: event.part, error })
  const { phase } = t.run
  if (phase.name !== 'sending' || !isLast(t, number)) return
  const attempt = lastAttempt(t)
  attempt.connectionFailed = error.scope === 'connection'
  attemptFailed(t, attempt, 'rejected')
  afterError(t, error, phase.step, phase.tried, attempt.connectionId)
}

/** Unknown is never answered by sending to that chat again: the run waits for evidence. */
export function partUnknown(t: Draft, event: { attempt: number; part: number }): void {
  const part = partOf(t, event)
  if (!part) return
  part.status = higher(part.status, 'unknown')
  t.history.push({ type: 'part_unknown', attempt: event.attempt, part: event.part })
  const { phase } = t.run
  if (phase.name !== 'sending' || !isLast(t, event.attempt)) return
  // Its echo may have come before the answer was lost.
  if (part.status === 'unknown') return waitFor(t, lastAttempt(t), phase.step, phase.tried)
  afterAcceptance(t, event.part, phase)
}

/** Receipts only raise a part's status. One for an earlier attempt ends the run as well. */
export function receipt(
  t: Draft,
  event: { messageId: string; status: 'delivered' | 'read' | 'error' },
): void {
  for (const attempt of t.run.attempts) {
    const index = attempt.parts.findIndex(part => part.messageId === event.messageId)
    const part = attempt.parts[index]
    if (!part) continue
    const before = part.status
    part.status = higher(before, event.status)
    if (part.status === before) return
    const number = attempt.number
    if (t.run.phase.name === 'ended') {
      t.history.push({ type: 'late', attempt: number, status: event.status })
      return
    }
    t.history.push({ type: 'receipt', attempt: number, part: index, status: event.status })
    if (event.status === 'error') return receivedError(t, attempt)
    return settle(t, attempt, 'receipt')
  }
}

/** While parts are still being sent, the answer to the last one finds the error. */
function receivedError(t: Draft, attempt: Attempt): void {
  inPhase(t, 'waiting', phase => {
    if (isLast(t, attempt.number)) erred(t, attempt, phase.step)
  })
}

/** Rule "waiting": an error moves on at once. */
function erred(t: Draft, attempt: Attempt, step: number | null): void {
  const arrived = attempt.parts.some(part => rankOf(part.status) >= rankOf('delivered'))
  attemptFailed(t, attempt, arrived ? 'partial' : 'error')
  next(t, step)
}

/**
 * Evidence for an unknown send: same chat, same content, created after our request, unclaimed. It may
 * come while the send still waits for its answer.
 */
export function echo(t: Draft, event: Extract<RunEvent, { type: 'echo' }>): void {
  const claimed = t.run.attempts.some(attempt =>
    attempt.parts.some(part => part.messageId === event.messageId),
  )
  if (claimed) return
  for (const attempt of t.run.attempts) {
    if (attempt.chatId !== event.chatId) continue
    const index = attempt.parts.findIndex(
      (part, position) =>
        (part.status === 'unknown' || part.status === 'sending') &&
        isContentOf(t.run.gathered?.parts[position], event) &&
        event.createdAt >= (part.sentAt ?? 0) - CLOCK_SKEW_MS,
    )
    const part = attempt.parts[index]
    if (!part) continue
    part.messageId = event.messageId
    part.status = higher(part.status, 'accepted')
    t.history.push({ type: 'part_found', attempt: attempt.number, part: index })
    takeEarly(t, part, { ...event, attempt: attempt.number, part: index })
    return afterFinding(t, attempt, index)
  }
}

/** A send whose fate was unknown is known to have been taken. */
function afterFinding(t: Draft, attempt: Attempt, index: number): void {
  const { phase } = t.run
  if (phase.name === 'waiting' && isLast(t, attempt.number)) {
    if (attempt.parts.some(part => part.status === 'error')) return erred(t, attempt, phase.step)
    if (!phase.isReadingBack && index + 1 < attempt.parts.length) {
      return sendPart(t, index + 1, phase.step, phase.tried)
    }
  }
  const by = attempt.parts.some(part => rankOf(part.status) > rankOf('error'))
    ? 'receipt'
    : 'accepted'
  // While it is still being sent, its answer says when it is accepted; a delivery says enough.
  if (phase.name === 'sending' && isLast(t, attempt.number) && by === 'accepted') return
  settle(t, attempt, by)
}

/** Rule "receipts": those that came before the message's id was known count as if they came now. */
function takeEarly(
  t: Draft,
  part: Attempt['parts'][number],
  event: { attempt: number; part: number; early?: Early },
): void {
  for (const status of event.early ?? []) {
    const before = part.status
    part.status = higher(before, status)
    if (part.status === before) continue
    const { attempt, part: index } = event
    t.history.push(
      t.run.phase.name === 'ended'
        ? { type: 'late', attempt, status }
        : { type: 'receipt', attempt, part: index, status },
    )
  }
}

/** A person who answers has the message: a reply counts as delivery of what has not failed. */
export function reply(t: Draft, event: { chatId: number; createdAt: number }): void {
  const attempt = t.run.attempts.findLast(candidate => candidate.chatId === event.chatId)
  if (!attempt || event.createdAt < attempt.startedAt - CLOCK_SKEW_MS) return
  const sent = attempt.parts.filter(part => part.status === 'accepted')
  if (sent.length === 0) return
  for (const part of sent) part.status = higher(part.status, 'delivered')
  const number = attempt.number
  if (t.run.phase.name === 'ended') {
    t.history.push({ type: 'late', attempt: number, status: 'reply' })
    return
  }
  t.history.push({ type: 'reply', attempt: number })
  settle(t, attempt, 'reply')
}

/** Rule "waiting": silence until the deadline leads to the next messenger. */
export function deadlinePassed(t: Draft, step: number | null): void {
  attemptFailed(t, lastAttempt(t), isUnknown(t) ? 'unknown' : 'silent')
  next(t, step)
}

/** The chat was read: what it holds of an unknown send came as echoes before this. */
export function readBack(t: Draft): void {
  inPhase(t, 'waiting', phase => {
    if (phase.isReadingBack) deadlinePassed(t, phase.step)
  })
}

/** Whether the last attempt has a part of which nobody knows if it was taken. */
export function isUnknown(t: Draft): boolean {
  return lastAttempt(t).parts.some(part => part.status === 'unknown')
}

/** An echo shows the part's text, or its caption. */
function isContentOf(part: Part | undefined, seen: { kind: string; text: string }): boolean {
  if (!part || part.kind !== seen.kind) return false
  return (part.kind === 'text' ? part.text : part.caption) === seen.text
}

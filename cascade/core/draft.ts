import type { HistoryEntry, NotDeliveredReason } from '../../contracts/history.ts'
import type { Attempt, Outcome, Phase, Run } from './run.ts'

/** A transition in the making: the rules change this copy of the run and say what happened. */

export type Draft = {
  readonly run: Run
  readonly now: number
  readonly history: HistoryEntry[]
  /** The phase is new, or its commands are to be given again. */
  commandsWanted: boolean
}

export function draftOf(run: Run, now: number): Draft {
  return { run: copyOf(run), now, history: [], commandsWanted: false }
}

/** A copy of all that rules change in place; what was gathered is only ever replaced. */
function copyOf(run: Run): Run {
  return {
    ...run,
    phase: { ...run.phase },
    attempts: run.attempts.map(attempt => ({
      ...attempt,
      parts: attempt.parts.map(part => ({ ...part })),
    })),
    continuation: { ...run.continuation },
  }
}

export function inPhase<Name extends Phase['name']>(
  t: Draft,
  name: Name,
  body: (phase: Extract<Phase, { name: Name }>) => void,
): void {
  const { phase } = t.run
  if (isPhase(phase, name)) body(phase)
}

/** Moves on, and asks for the commands of the new phase. */
export function enter(t: Draft, phase: Phase): void {
  t.run.phase = phase
  t.run.retryAt = null
  t.run.retries = 0
  t.commandsWanted = true
}

export function partOf(t: Draft, event: { attempt: number; part: number }) {
  const attempt = t.run.attempts.find(candidate => candidate.number === event.attempt)
  return attempt?.parts[event.part]
}

export function isLast(t: Draft, attempt: number): boolean {
  return t.run.attempts.at(-1)?.number === attempt
}

export function lastAttempt(t: Draft): Attempt {
  const attempt = t.run.attempts.at(-1)
  if (!attempt) throw new Error(`Run ${t.run.id} is past choosing but has no attempt`)
  return attempt
}

/** Writes down why an attempt came to nothing. */
export function attemptFailed(
  t: Draft,
  attempt: Attempt,
  reason: 'error' | 'rejected' | 'silent' | 'unknown' | 'partial',
): void {
  t.history.push({ type: 'attempt_failed', attempt: attempt.number, reason })
}

/** Rule "lifetime": stale messages are worse than none. */
export function tooLate(t: Draft): void {
  endNotDelivered(t, 'too_late')
}

/** Rule "end": nobody delivered, and this is why; the bot goes on. */
export function endNotDelivered(t: Draft, reason: NotDeliveredReason): void {
  end(t, { kind: 'not_delivered', reason })
}

/** The outcome is stored first; continue and the note follow from it. */
export function end(t: Draft, outcome: Outcome): void {
  enter(t, { name: 'ended', outcome, endedAt: t.now })
  t.history.push(
    outcome.kind === 'delivered'
      ? {
          type: 'ended',
          outcome: 'delivered',
          attempt: outcome.attempt,
          messenger: outcome.messenger,
        }
      : { type: 'ended', outcome: 'not_delivered', reason: outcome.reason },
  )
}

function isPhase<Name extends Phase['name']>(
  phase: Phase,
  name: Name,
): phase is Extract<Phase, { name: Name }> {
  return phase.name === name
}

import type { HistoryEntry } from '../../contracts/history.ts'
import { rankOf, type Attempt, type Run } from './run.ts'

/** What one transition of a run adds to the account's counters, all of the day on which the run began. */
export type Counts = {
  /** The run has ended. */
  run: { isDelivered: boolean; byExistingChat: boolean } | null
  attempts: { connectionId: number; messenger: string; result: AttemptResult | 'late' }[]
  /** How long deliveries took, from the send of the last part. */
  times: { connectionId: number; messenger: string; ms: number }[]
}
/** `superseded`: an earlier attempt's delivery ended the run while this one still waited. */
type AttemptResult = 'delivered' | 'fell_through' | 'failed' | 'unknown' | 'superseded'

/** @returns null when nothing is to be counted, as for most steps */
export function countsOf(
  before: Run,
  after: Run,
  history: readonly HistoryEntry[],
  now: number,
): Counts | null {
  const counts: Counts = { run: null, attempts: [], times: [] }
  for (const entry of history) {
    // Its chat could not be created, so there is no attempt of it.
    if (entry.type !== 'connection_failed') continue
    const { connectionId, messenger } = entry
    counts.attempts.push({ connectionId, messenger, result: 'failed' })
  }
  if (after.phase.name === 'ended') {
    if (before.phase.name === 'ended') countLate(counts, before, after, now)
    else countEnd(counts, after, now)
  }
  const isEmpty = !counts.run && counts.attempts.length + counts.times.length === 0
  return isEmpty ? null : counts
}

function countEnd(counts: Counts, run: Run, now: number): void {
  if (run.phase.name !== 'ended') return
  const { outcome } = run.phase
  const isDelivered = outcome.kind === 'delivered'
  const winner = isDelivered ? run.attempts.find(one => one.number === outcome.attempt) : undefined
  counts.run = { isDelivered, byExistingChat: winner?.origin === 'existing_chat' }
  for (const attempt of run.attempts) {
    const result = resultOf(run, attempt)
    const { connectionId, messenger } = attempt
    if (result) counts.attempts.push({ connectionId, messenger, result })
  }
  if (winner && hasArrived(winner)) addTime(counts, winner, now)
}

/** A delivery after the end. The winner's own, where acceptance was enough, is not late. */
function countLate(counts: Counts, before: Run, after: Run, now: number): void {
  if (after.phase.name !== 'ended') return
  const { outcome } = after.phase
  for (const [index, attempt] of after.attempts.entries()) {
    const known = before.attempts[index]
    if (!known || hasArrived(known) || !hasArrived(attempt)) continue
    const { connectionId, messenger } = attempt
    const isWinner = outcome.kind === 'delivered' && outcome.attempt === attempt.number
    if (!isWinner) counts.attempts.push({ connectionId, messenger, result: 'late' })
    addTime(counts, attempt, now)
  }
}

function addTime(counts: Counts, attempt: Attempt, now: number): void {
  const sentAt = Math.max(...attempt.parts.map(part => part.sentAt ?? attempt.startedAt))
  const { connectionId, messenger } = attempt
  counts.times.push({ connectionId, messenger, ms: Math.max(0, now - sentAt) })
}

/** @returns null for an attempt of which nothing has left */
function resultOf(run: Run, attempt: Attempt): AttemptResult | null {
  const outcome = run.phase.name === 'ended' ? run.phase.outcome : null
  if (outcome?.kind === 'delivered' && outcome.attempt === attempt.number) return 'delivered'
  const statuses = attempt.parts.map(part => part.status)
  if (statuses.some(status => status === 'rejected' || status === 'error')) return 'failed'
  if (statuses.includes('unknown')) return 'unknown'
  if (statuses.every(status => status === 'unsent' || status === 'sending')) return null
  const isLast = run.attempts.at(-1) === attempt
  return isLast && outcome?.kind === 'delivered' ? 'superseded' : 'fell_through'
}

function hasArrived(attempt: Attempt): boolean {
  return attempt.parts.every(part => rankOf(part.status) >= rankOf('delivered'))
}

import type { Queryable } from '../storage/database.ts'
import { latestRuns } from '../storage/runs.ts'
import { rankOf, type Run } from './core/run.ts'
import { stepOfAttempt } from './core/sending.ts'

/** So many accepted messages in a row without any receipt are no coincidence. */
const SILENT_MESSAGES = 5
const RUNS_LOOKED_AT = 20
const RECEIPT_COMES_WITHIN_MS = 10 * 60_000

/** Whether accepted messages bring no receipts at all any more, so that webhooks look dead. */
export async function webhooksLookDead(
  db: Queryable,
  accountId: number,
  now: number,
): Promise<boolean> {
  const runs = await latestRuns(db, accountId, RUNS_LOOKED_AT)
  const accepted = runs.flatMap(run => acceptedOf(run, now - RECEIPT_COMES_WITHIN_MS))
  const latest = accepted.slice(0, SILENT_MESSAGES)
  return latest.length === SILENT_MESSAGES && !latest.includes('news')
}

/** What became of a run's accepted messages, where receipts are to be expected; the latest first. */
function acceptedOf(run: Run, before: number): ('news' | 'silence')[] {
  return run.attempts
    .filter(attempt => stepOfAttempt(run, attempt).success !== 'accepted')
    .flatMap(attempt => attempt.parts)
    .filter(part => part.messageId !== undefined)
    .flatMap(part => {
      if (rankOf(part.status) > rankOf('accepted')) return ['news' as const]
      return (part.sentAt ?? 0) < before ? ['silence' as const] : []
    })
    .toReversed()
}

import type { Account } from '../storage/accounts.ts'
import { findRun } from '../storage/runs.ts'
import type { Engine } from './engine.ts'
import type { Services } from './services.ts'

/**
 * Sends a run's message again, as a new run without a bot: what was tried before counts for nothing.
 * @returns the new run's id; 'not_found' also for another account's run; 'not_ended' while the first one
 * may still deliver; 'erased' when its text is gone
 */
export async function sendAgain(
  { database }: Services,
  engine: Engine,
  account: Account,
  runId: string,
): Promise<{ ok: true; runId: string } | { ok: false; problem: SendAgainProblem }> {
  const stored = await findRun(database, runId)
  if (!stored || stored.subject.accountId !== account.id) return { ok: false, problem: 'not_found' }
  if (stored.run.phase.name !== 'ended') return { ok: false, problem: 'not_ended' }
  const { entity, message } = stored.subject
  if (message === '') return { ok: false, problem: 'erased' }
  const again = await engine.startByHand(account, {
    accountId: account.id,
    origin: 'sent_again',
    entity,
    returnUrl: null,
    tokenIssuedAt: null,
    tokenHash: null,
    message,
  })
  return { ok: true, runId: again }
}
export type SendAgainProblem = 'not_found' | 'not_ended' | 'erased'

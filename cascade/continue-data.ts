import type { Run } from './core/run.ts'

/** What the bot gets to know: flat strings, which later steps may show as `{{json.…}}`. */
export function continueData(run: Run): Record<string, string> | null {
  if (run.phase.name !== 'ended') return null
  const { outcome } = run.phase
  return {
    status: outcome.kind === 'delivered' ? 'success' : 'fail',
    messenger: outcome.kind === 'delivered' ? outcome.messenger : '',
    attempts: String(run.attempts.length),
    run: run.id,
  }
}

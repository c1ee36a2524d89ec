import type { AttemptCounts } from './statistics.ts'

export const NO_ATTEMPTS: AttemptCounts = {
  attempts: 0,
  delivered: 0,
  fellThrough: 0,
  failed: 0,
  unknown: 0,
  late: 0,
}

export function sumOfCounts(all: readonly AttemptCounts[]): AttemptCounts {
  return all.reduce(
    (sum, one) => ({
      attempts: sum.attempts + one.attempts,
      delivered: sum.delivered + one.delivered,
      fellThrough: sum.fellThrough + one.fellThrough,
      failed: sum.failed + one.failed,
      unknown: sum.unknown + one.unknown,
      late: sum.late + one.late,
    }),
    NO_ATTEMPTS,
  )
}

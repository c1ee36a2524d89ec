import type { AttemptCounts } from '../../../../contracts/statistics.ts'

/** What an attempt comes to, in the order in which the chart stacks it, and its colour. */
export const RESULTS = [
  { name: 'delivered', colour: 'var(--c-chart-ok)' },
  { name: 'fellThrough', colour: 'var(--c-chart-warn)' },
  { name: 'failed', colour: 'var(--c-chart-bad)' },
  { name: 'unknown', colour: 'var(--c-chart-mute)' },
] as const satisfies readonly { name: keyof AttemptCounts; colour: string }[]

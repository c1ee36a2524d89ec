import type { RunOfAccount } from './take-turns.ts'

/** Brings runs back when they are due. */
export type WakeUps = {
  /** @param wake told of runs that are due, until `stop` */
  start(wake: (runs: readonly RunOfAccount[]) => Promise<void>): Promise<void>
  /** A run that is due at `wakeAt` has been stored. */
  stored(wakeAt: number): void
  stop(): Promise<void>
}

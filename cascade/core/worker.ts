import type { RunOfAccount } from './take-turns.ts'

/** This process among those that work on the same database. */
export type Worker = {
  /** What it carries out is stored under this name. */
  readonly id: string | null
  /**
   * @param takeOver told of runs that a process which is gone was at, until `stop`; each bears the claim
   * @returns whether no other process works at present
   */
  start(
    takeOver: (runs: readonly RunOfAccount[], claim: string) => Promise<void>,
  ): Promise<{ isAlone: boolean }>
  /** Whether others still leave to this process what it was at. When not, nothing of that may leave. */
  isAlive(): boolean
  /** What it was at is for others to go on with. */
  stop(): Promise<void>
}

/** The only process of its database. */
export const onlyWorker: Worker = {
  id: null,
  start: async () => ({ isAlone: true }),
  isAlive: () => true,
  stop: async () => undefined,
}

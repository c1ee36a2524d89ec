/** Time as the engine sees it. Tests bring their own. Times are milliseconds since the epoch. */
export type Clock = {
  now(): number
  sleepUntil(at: number): Promise<void>
  /** Calls back once at or after `at`; the result cancels it. */
  callAt(at: number, callback: () => void): () => void
}

import type { Clock } from '../core/clock.ts'

/** A clock that only the simulation moves. `isBusy` says whether promises still have work of their own. */
export class SimClock implements Clock {
  private readonly isBusy: () => boolean
  private time = 0
  private order = 0
  private timers: { at: number; order: number; callback: () => void }[] = []

  constructor(isBusy: () => boolean) {
    this.isBusy = isBusy
  }

  now(): number {
    return this.time
  }

  callAt(at: number, callback: () => void): () => void {
    this.order += 1
    const timer = { at: Math.max(at, this.time), order: this.order, callback }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter(one => one !== timer)
    }
  }

  sleepUntil(at: number): Promise<void> {
    return new Promise(resolve => {
      this.callAt(at, resolve)
    })
  }

  /** Lets everything happen until `end`, one timer after the other. */
  async runUntil(end: number): Promise<void> {
    await this.settle()
    for (;;) {
      const next = this.timers.reduce<(typeof this.timers)[number] | null>((first, timer) => {
        if (timer.at > end) return first
        const isEarlier =
          !first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)
        return isEarlier ? timer : first
      }, null)
      if (!next) break
      this.timers = this.timers.filter(one => one !== next)
      this.time = next.at
      next.callback()
      await this.settle()
    }
    this.time = end
  }

  /** All promises that can go on have done so: the database answers within the turn. */
  private async settle(): Promise<void> {
    do {
      await new Promise(resolve => {
        setImmediate(resolve)
      })
    } while (this.isBusy())
  }
}

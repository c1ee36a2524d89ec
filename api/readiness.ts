import { beat } from '../storage/heartbeat.ts'
import type { ApiServices } from './services.ts'

export type ReadinessProblem = 'stopping' | 'database' | 'files'

/** Whoever asks waits no longer than this: a database that hangs is one that is not there. */
const PATIENCE_MS = 3000
/** Many may ask at once; the disk is asked once. */
const FRESH_MS = 1000

/**
 * Whether this process can do its work now: take a hook, which means writing it down, and give out files.
 * Kommo and Radist are not asked: their bad days are not ours, and hooks are taken all the same.
 */
export class Readiness {
  private readonly services: Pick<ApiServices, 'clock' | 'fileStore' | 'log' | 'transact'>
  private isStopping = false
  private latest: { at: number; problems: Promise<ReadinessProblem[]> } | null = null

  constructor(services: Readiness['services']) {
    this.services = services
  }

  /** From now on a balancer is to send nothing new. */
  stopping(): void {
    this.isStopping = true
  }

  async problems(): Promise<ReadinessProblem[]> {
    if (this.isStopping) return ['stopping']
    const now = this.services.clock.now()
    if (!this.latest || now - this.latest.at >= FRESH_MS) {
      this.latest = { at: now, problems: this.look(now) }
    }
    return this.latest.problems
  }

  private async look(now: number): Promise<ReadinessProblem[]> {
    const { fileStore, transact } = this.services
    const [database, files] = await Promise.all([
      this.works('database', () => transact(null, db => beat(db, now))),
      this.works('files', () => fileStore.check()),
    ])
    return [...(database ? [] : ['database' as const]), ...(files ? [] : ['files' as const])]
  }

  private async works(what: ReadinessProblem, check: () => Promise<void>): Promise<boolean> {
    const { clock, log } = this.services
    const late = clock.sleepUntil(clock.now() + PATIENCE_MS).then(() => {
      throw new Error('no answer')
    })
    late.catch(() => undefined)
    try {
      await Promise.race([check(), late])
      return true
    } catch (error) {
      log.error({ what, err: error }, 'not ready')
      return false
    }
  }
}

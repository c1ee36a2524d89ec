import type { Logger } from 'pino'
import type { Clock } from '../../cascade/core/clock.ts'
import type { Scanner } from '../../integrations/files/scanner.ts'
import type { Store } from '../../integrations/files/store.ts'
import type { Database } from '../../storage/database.ts'
import { deleteFile, filesToScan, setFileState } from '../../storage/files.ts'

/** How long a scanner that did not answer is left alone. */
const RETRY_MS = 10_000
/** Another process may have left files behind. */
const LOOK_EVERY_MS = 60_000

type Needs = { database: Database; fileStore: Store; clock: Clock; log: Logger }

/** Scans uploaded files one after the other. A file waits until the scanner answers: it fails closed. */
export class Scans {
  private readonly services: Needs
  private readonly scanner: Scanner
  private isBusy = false
  /** Somebody came while it was busy: it may have looked already. */
  private isWanted = false
  private isStopped = false
  private cancelRetry = (): void => undefined

  constructor(services: Needs, scanner: Scanner) {
    this.services = services
    this.scanner = scanner
  }

  /** Looks for files that wait, now and from time to time. To be called after one came, and at the start. */
  wake(): void {
    this.isWanted = this.isBusy
    if (this.isBusy || this.isStopped) return
    this.isBusy = true
    this.cancelRetry()
    this.scanAll()
      .catch((error: unknown) => {
        this.services.log.error({ err: error }, 'virus scan failed')
        return 'unavailable' as const
      })
      .then(outcome => {
        this.isBusy = false
        if (this.isWanted) return this.wake()
        if (this.isStopped) return
        const { clock } = this.services
        const waitMs = outcome === 'done' ? LOOK_EVERY_MS : RETRY_MS
        this.cancelRetry = clock.callAt(clock.now() + waitMs, () => this.wake())
      })
      .catch(() => undefined)
  }

  stop(): void {
    this.isStopped = true
    this.cancelRetry()
  }

  /** One that cannot be scanned does not keep the others waiting. */
  private async scanAll(): Promise<'done' | 'unavailable'> {
    const { database, log } = this.services
    const unanswered = new Set<string>()
    for (;;) {
      const waiting = await filesToScan(database)
      const file = waiting.find(one => !unanswered.has(one.id))
      if (!file || this.isStopped) break
      if (!(await this.scan(file))) unanswered.add(file.id)
    }
    if (unanswered.size === 0) return 'done'
    log.warn({ files: unanswered.size }, 'the virus scanner gave no verdict: these uploads wait')
    return 'unavailable'
  }

  /** @returns whether it was settled */
  private async scan({ id, accountId }: { id: string; accountId: number }): Promise<boolean> {
    const { database, fileStore } = this.services
    const content = await fileStore.read(id)
    if (!content) {
      await deleteFile(database, accountId, id)
      return true
    }
    const verdict = await this.scanner(content)
    if (verdict === 'unavailable') return false
    await setFileState(database, accountId, id, verdict === 'clean' ? 'ready' : 'infected')
    if (verdict === 'infected') await fileStore.remove(id)
    return true
  }
}

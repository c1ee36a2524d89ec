import type { Logger } from 'pino'
import type { Clock } from '../../cascade/core/clock.ts'
import type { Scanner } from '../../integrations/files/scanner.ts'
import type { Store } from '../../integrations/files/store.ts'
import type { Database } from '../../storage/database.ts'
import { filesToScan, setFileState } from '../../storage/files.ts'

/** How long a scanner that did not answer is left alone. */
const RETRY_MS = 10_000

type Needs = { database: Database; fileStore: Store; clock: Clock; log: Logger }

/** Scans uploaded files one after the other. A file waits until the scanner answers: it fails closed. */
export class Scans {
  private readonly services: Needs
  private readonly scanner: Scanner
  private isBusy = false
  private isStopped = false
  private cancelRetry = (): void => undefined

  constructor(services: Needs, scanner: Scanner) {
    this.services = services
    this.scanner = scanner
  }

  /** Looks for files that wait. To be called after one came, and once at the start. */
  wake(): void {
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
        if (outcome === 'done' || this.isStopped) return
        const { clock } = this.services
        this.cancelRetry = clock.callAt(clock.now() + RETRY_MS, () => this.wake())
      })
      .catch(() => undefined)
  }

  stop(): void {
    this.isStopped = true
    this.cancelRetry()
  }

  private async scanAll(): Promise<'done' | 'unavailable'> {
    const { database, fileStore, log } = this.services
    for (;;) {
      const [file] = await filesToScan(database)
      if (!file || this.isStopped) return 'done'
      const content = await fileStore.read(file.id)
      const verdict = content ? await this.scanner(content) : 'infected'
      if (verdict === 'unavailable') {
        log.warn('the virus scanner does not answer: uploads wait for it')
        return 'unavailable'
      }
      const state = verdict === 'clean' ? 'ready' : 'infected'
      await setFileState(database, file.accountId, file.id, state)
      if (state === 'infected') await fileStore.remove(file.id)
    }
  }
}

import { rm } from 'node:fs/promises'
import type { Run } from '../../cascade/core/run.ts'
import { widgetZip } from '../../api/widget/zip.ts'
import { openDatabase } from '../../storage/database.ts'
import { checkStack } from './check-history.ts'
import { Emulated, PATIENCE_MS } from './emulated.ts'
import { freePorts } from './free-ports.ts'
import { registeredFolder } from './registered-folder.ts'
import {
  installWidget,
  startEmulators,
  startProduct,
  type DemoSettings,
  type Emulators,
  type Product,
} from '../../api/demo/processes.ts'

export type WidgetZip = Parameters<typeof widgetZip>[0]

/** The processes of `npm start`, on ports and in a folder of their own. */
export class Stack extends Emulated {
  readonly settings: DemoSettings
  product: Product
  /** Where the history is checked; another one once the product was started again with it. */
  databaseUrl: string

  private constructor(settings: DemoSettings, emulators: Emulators, product: Product) {
    super(emulators)
    this.settings = settings
    this.databaseUrl = `sqlite:${settings.dataFolder}/cascade.db`
    this.product = product
  }

  /**
   * @param zip the archive that a running server hands out, or the one for Kommo's moderation
   * @param onPort told where the product will listen, before it does
   * @param onOutput gets the product's log
   */
  static async start(
    environment: Record<string, string> = {},
    zip: WidgetZip = 'widget',
    onPort: (port: number) => void = () => undefined,
    onOutput?: (text: string) => void,
  ): Promise<Stack> {
    const [port = 0, kommoPort = 0, radistPort = 0] = await freePorts(3)
    onPort(port)
    const settings: DemoSettings = {
      port,
      kommoPort,
      radistPort,
      dataFolder: registeredFolder(),
      environment: { DELIVERY_WAIT_SECONDS: '2', LOG_LEVEL: 'warn', ...environment },
      ...(onOutput ? { onOutput } : {}),
    }
    const emulators = await startEmulators(settings)
    const product = await startProduct(settings, emulators)
    const stack = new Stack(settings, emulators, product)
    const archive =
      zip === 'widget'
        ? await (await fetch(`${product.url}/widget.zip`)).bytes()
        : await widgetZip(zip, product.url)
    if (!archive) throw new Error('The widget is not built')
    await installWidget(emulators, new Uint8Array(archive))
    await stack.switchKommo({ hookAnswerMs: PATIENCE_MS })
    await stack.synced()
    return stack
  }

  get url(): string {
    return this.product.url
  }

  /** The power fails: no handler of the process runs. */
  async killProduct(): Promise<void> {
    const { process: child } = this.product
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(resolve => {
      child.once('exit', resolve)
    })
    child.kill('SIGKILL')
    await ended
  }

  /** Starts it again, by itself or with another environment. */
  async startProductAgain(environment: Record<string, string> = {}): Promise<void> {
    const settings = {
      ...this.settings,
      environment: { ...this.settings.environment, ...environment },
    }
    this.product = await startProduct(settings, this.emulators)
    this.databaseUrl = environment['DATABASE_URL'] ?? this.databaseUrl
  }

  /** Resolves when the process has died by itself. */
  async productDied(): Promise<void> {
    const { process: child } = this.product
    if (child.exitCode !== null || child.signalCode !== null) return
    await new Promise(resolve => {
      child.once('exit', resolve)
    })
  }

  /** Stops, and checks the history of all that was sent. */
  async stop(rules?: { isComplete: boolean }): Promise<{ runs: Run[]; sends: number }> {
    await this.killProduct()
    const logs = { kommo: await this.kommoLog(), radist: await this.radistLog() }
    this.emulators.process.kill('SIGKILL')
    const database = await openDatabase(this.databaseUrl)
    const { violations, ...seen } = await checkStack(database, logs, rules)
    await database.destroy()
    await rm(this.settings.dataFolder, { recursive: true, force: true })
    if (violations.length > 0) throw new Error(violations.join('\n'))
    return seen
  }
}

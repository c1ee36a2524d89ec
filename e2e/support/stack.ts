import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { Run } from '../../cascade/core/run.ts'
import { widgetZip } from '../../api/widget/zip.ts'
import { openDatabase } from '../../storage/database.ts'
import type { Switches } from '../../emulators/kommo/switches.ts'
import { stepWith } from './bot-step.ts'
import { checkStack, type OutsideLogs } from './check-history.ts'
import {
  addAccount,
  installWidget,
  startEmulators,
  startProduct,
  type DemoSettings,
  type Emulators,
  type Product,
} from '../../api/demo/processes.ts'

export type WidgetZip = Parameters<typeof widgetZip>[0]

/** The processes of `npm start`, on ports and in a folder of their own. */
export class Stack {
  readonly settings: DemoSettings
  readonly emulators: Emulators
  product: Product

  private constructor(settings: DemoSettings, emulators: Emulators, product: Product) {
    this.settings = settings
    this.emulators = emulators
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
      dataFolder: await mkdtemp(path.join(os.tmpdir(), 'cascade-')),
      environment: { DELIVERY_WAIT_SECONDS: '2', LOG_LEVEL: 'warn', ...environment },
      ...(onOutput ? { onOutput } : {}),
    }
    const emulators = await startEmulators(settings)
    addAccount(settings, emulators)
    const product = await startProduct(settings, emulators)
    const stack = new Stack(settings, emulators, product)
    const archive =
      zip === 'widget'
        ? await (await fetch(`${product.url}/widget.zip`)).bytes()
        : await widgetZip(zip, product.url)
    if (!archive) throw new Error('The widget is not built')
    await installWidget(emulators, new Uint8Array(archive))
    await stack.synced()
    return stack
  }

  get kommoUrl(): string {
    return this.emulators.kommoUrl
  }

  get radistUrl(): string {
    return this.emulators.radistUrl
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
    const database = await openDatabase(`sqlite:${this.settings.dataFolder}/cascade.db`)
    const { violations, ...seen } = await checkStack(database, logs, rules)
    await database.destroy()
    await rm(this.settings.dataFolder, { recursive: true, force: true })
    if (violations.length > 0) throw new Error(violations.join('\n'))
    return seen
  }

  async radistLog(): Promise<RadistLog> {
    return (await (await fetch(`${this.radistUrl}/ui/log`)).json()) as RadistLog
  }

  async kommoLog(): Promise<KommoLog> {
    return (await (await fetch(`${this.kommoUrl}/ajax/log`)).json()) as KommoLog
  }

  /** Makes the emulated Kommo behave in the other way that the sources know (its `switches.ts`). */
  async switchKommo(switches: Partial<Switches>): Promise<void> {
    const answer = await this.post(`${this.kommoUrl}/ajax/switches`, switches)
    if (!answer.ok) throw new Error(await answer.text())
  }

  /** Sets what phones do: by messenger, or one person's. */
  async react(messenger: string, reaction: string, personId: number | null = null): Promise<void> {
    await this.post(`${this.radistUrl}/ui/reaction`, { messenger, personId, reaction })
  }

  /** Saves a bot whose one step sends a message. @returns its id */
  async makeBot(message: string): Promise<number> {
    const made = await this.post(`${this.kommoUrl}/ajax/bots`, { name: 'Test' })
    const bot = (await made.json()) as { id: number; name: string }
    const blocks = [stepWith(this.product.url, message)]
    await fetch(`${this.kommoUrl}/ajax/bots/${bot.id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...bot, blocks }),
    })
    return bot.id
  }

  async post(url: string, body: unknown): Promise<Response> {
    return fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  /** Sends so far: the connection of each, in order. */
  async sends(): Promise<{ connectionId: number; body: Record<string, unknown> }[]> {
    const { calls } = await this.radistLog()
    return calls
      .filter(call => call.method === 'POST' && call.path.includes('/messaging/messages'))
      .filter(call => call.status === 200)
      .map(call => {
        const body = call.body as Record<string, unknown>
        return { connectionId: Number(body['connection_id']), body }
      })
  }

  /** Sends that Radist has taken, whether or not it has answered. */
  async sendsTaken(): Promise<number> {
    return (await this.radistLog()).sends.length
  }

  /** The product has read the account's connections, webhooks and chats. */
  private async synced(): Promise<void> {
    await until('the first sync', async () => {
      const { calls } = await this.radistLog()
      return calls.some(call => call.path.includes('with_contacts') && call.status === 200)
    })
  }
}

export type RadistLog = OutsideLogs['radist'] & {
  calls: { method: string; path: string; body: unknown; status: number }[]
}
export type KommoLog = {
  calls: { at: string; method: string; path: string; body: unknown; status: number }[]
  runs: { id: number; leadId: number; state: string; log: { text: string }[] }[]
  notes: { entityId: number; type: string; text: string }[]
}

/** Looks again and again until something holds. */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs / 1000} s for ${what}`)
    await new Promise(resolve => {
      setTimeout(resolve, 50)
    })
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>(resolve => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map(server => {
    const address = server.address()
    return address && typeof address === 'object' ? address.port : 0
  })
  await Promise.all(
    servers.map(
      server =>
        new Promise(resolve => {
          server.close(resolve)
        }),
    ),
  )
  return ports
}

import type { Switches } from '../../emulators/kommo/switches.ts'
import type { Emulators } from '../../api/demo/processes.ts'
import { stepWith } from './bot-step.ts'
import type { OutsideLogs } from './check-history.ts'
import { until } from './until.ts'

const CLIENT_ID = 'demo-client-id'
/** Kommo gives a hook two seconds. A busy test machine may need more, which is not what tests are about. */
export const PATIENCE_MS = 15_000

/** The emulated Kommo and Radist around one or several processes of ours. */
export abstract class Emulated {
  readonly emulators: Emulators

  constructor(emulators: Emulators) {
    this.emulators = emulators
  }

  /** Where Kommo, Radist and browsers reach us. */
  abstract get url(): string

  get kommoUrl(): string {
    return this.emulators.kommoUrl
  }

  get radistUrl(): string {
    return this.emulators.radistUrl
  }

  /** The token with which Kommo's page speaks for this person. */
  async pageToken(userId: number): Promise<string> {
    const page = `${this.kommoUrl}/ajax/v2/integrations/${CLIENT_ID}/disposable_token`
    const answer = await fetch(page, { headers: { cookie: `user=${userId}` } })
    return ((await answer.json()) as { token: string }).token
  }

  /** The link to the settings that the widget would open with this token. */
  async signInLink(token: string): Promise<string> {
    const signIn = await fetch(`${this.url}/api/widget/sign-in`, {
      method: 'POST',
      headers: { 'x-auth-token': token },
    })
    return ((await signIn.json()) as { url: string }).url
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
    const blocks = [stepWith(this.url, message)]
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
  protected async synced(): Promise<void> {
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

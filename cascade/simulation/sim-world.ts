import type { KommoClient } from '../../integrations/kommo/client.ts'
import type {
  IsWanted,
  OutgoingPart,
  ProviderOutcome,
  RadistClient,
} from '../../integrations/radist/client.ts'
import type { RadistEvent } from '../../integrations/radist/webhook.ts'
import type { RadistMessage } from '../../integrations/radist/messages.ts'
import type { Limiter } from '../../integrations/limiter.ts'
import type { ContinueCall, DeliveredNews, ProviderCall, WorldHistory } from './history-checker.ts'
import type { SimClock } from './sim-clock.ts'

/** What becomes of one send. Times are milliseconds after the call. */
export type SendFate = {
  answer: 'ok' | 'lost_sent' | 'lost_unsent' | 'refused' | 'connection' | 'busy'
  answerMs: number
  echoMs: number
  news: 'delivered' | 'read' | 'error' | 'silent' | 'reply'
  newsMs: number
  isDoubled: boolean
}
export type ChatFate = {
  answer: 'ok' | 'refused' | 'connection' | 'lost' | 'busy'
  answerMs: number
}

export type ContinueFate = 'accepted' | 'failed' | 'gone' | 'refused'

const REPEAT_MS = 5000
/** As Radist's: five requests a second. */
const RATE = { intervalMs: 260, extra: 1 }
/** The last fates are kind, so that every history comes to an end. */
export const KIND_SEND: SendFate = {
  answer: 'ok',
  answerMs: 50,
  echoMs: 60,
  news: 'delivered',
  newsMs: 500,
  isDoubled: false,
}
export const KIND_CHAT: ChatFate = { answer: 'ok', answerMs: 50 }

type Connection = { id: number; accountId: number; messenger: string }
type Message = RadistMessage & { chatId: number }

/** Kommo and Radist of a simulation: scripted fates, and a record of all that they saw. */
export class SimWorld {
  readonly calls: ProviderCall[] = []
  readonly delivered: DeliveredNews[] = []
  readonly replied: DeliveredNews[] = []
  readonly continues: ContinueCall[] = []
  /** Whoever takes webhooks; null while our process is down. */
  receiver: ((accountId: number, event: RadistEvent) => Promise<void>) | null = null
  private readonly clock: SimClock
  private readonly limiter: Limiter
  private readonly connections: readonly Connection[]
  private readonly sendFates: SendFate[]
  private readonly chatFates: ChatFate[]
  private readonly continueFates: ContinueFate[]
  private readonly chats = new Map<string, number>()
  private readonly messages: Message[] = []
  private lastId: number

  constructor(params: {
    clock: SimClock
    limiter: Limiter
    connections: readonly Connection[]
    sendFates: readonly SendFate[]
    chatFates: readonly ChatFate[]
    continueFates: readonly ContinueFate[]
    firstId: number
  }) {
    this.clock = params.clock
    this.limiter = params.limiter
    this.connections = params.connections
    this.sendFates = [...params.sendFates]
    this.chatFates = [...params.chatFates]
    this.continueFates = [...params.continueFates]
    this.lastId = params.firstId
  }

  history(): WorldHistory {
    const { calls, delivered, replied, continues } = this
    return { calls, delivered, replied, continues }
  }

  chatOf(connectionId: number, address: string): number {
    const key = `${connectionId}:${address}`
    const known = this.chats.get(key)
    if (known !== undefined) return known
    this.lastId += 1
    this.chats.set(key, this.lastId)
    return this.lastId
  }

  /** The outside as one process of ours sees it: answers do not reach a process that has died. */
  clientsFor(isAlive: () => boolean): {
    kommo: Pick<KommoClient, keyof KommoClient>
    radist: Pick<RadistClient, keyof RadistClient>
  } {
    const answer = async <T>(afterMs: number, value: T): Promise<T> => {
      await this.clock.sleepUntil(this.clock.now() + afterMs)
      if (!isAlive()) await new Promise(() => undefined)
      return value
    }
    const limited = async (accountId: number, isWanted: IsWanted) => {
      const isQueued = await this.limiter(`sim:${accountId}`, RATE)
      if (!isAlive()) await new Promise(() => undefined)
      return !isQueued || isWanted(true)
    }
    const missing = async () => answer(1, { ok: false, failure: { code: 'not_found' } } as const)
    return {
      kommo: {
        accountUrl: () => 'https://sim.kommo.com',
        account: missing,
        lead: missing,
        findLeads: missing,
        findContacts: missing,
        bots: missing,
        company: missing,
        user: missing,
        pipelines: missing,
        isAdmin: async () => ({ ok: true, value: true }),
        customFields: async () => ({ ok: true, value: [] }),
        addNote: async () => answer(1, true),
        contact: async (_access, id) =>
          answer(20, {
            ok: true,
            value: {
              id,
              name: `Contact ${id}`,
              custom_fields_values: [
                { field_id: 1, field_code: 'PHONE', values: [{ value: phoneOf(id) }] },
              ],
            },
          } as const),
        continueBot: async (_access, _url, data) => {
          const { run: runId = '', status = '' } = data
          // Kommo lets a bot go on once; afterwards nobody waits under this address.
          const isGone = this.continues.some(call => call.runId === runId && call.accepted)
          const result = isGone ? 'gone' : (this.continueFates.shift() ?? 'accepted')
          const accepted = result === 'accepted'
          this.continues.push({ at: this.clock.now(), runId, status, accepted, data })
          return answer(20, result)
        },
      },
      radist: {
        connections: async () => ({ ok: true, value: [] }),
        sources: async () => ({ ok: true, value: [] }),
        chatsPage: async () => ({ ok: true, value: { chats: [], nextCursor: null } }),
        webhooks: async () => ({ ok: true, value: [] }),
        createWebhook: async () => ({ ok: true, value: '1' }),
        deleteWebhook: async () => undefined,
        messages: async (_access, chatId) =>
          answer(30, { ok: true, value: this.messages.filter(one => one.chatId === chatId) }),
        createChat: async (access, connectionId, address, isWanted) => {
          if (!(await limited(access.accountId, isWanted))) return { kind: 'withdrawn' }
          const fate = this.chatFates.shift() ?? KIND_CHAT
          const chatId = this.chatOf(connectionId, address.value)
          return answer(fate.answerMs, chatOutcome(fate, chatId))
        },
        send: async (access, target, part, isWanted) => {
          if (!(await limited(access.accountId, isWanted))) return { kind: 'withdrawn' }
          const fate = this.sendFates.shift() ?? KIND_SEND
          const outcome = this.take(access.accountId, target, part, fate)
          return answer(fate.answerMs, outcome)
        },
      },
    }
  }

  /** The provider gets a send: what it makes of it, and when it tells. */
  private take(
    accountId: number,
    target: { connectionId: number; chatId: number },
    part: OutgoingPart,
    fate: SendFate,
  ): ProviderOutcome<{ messageId: string }> {
    const content = part.kind === 'text' ? part.text : part.name
    const taken = takenOf(fate)
    const { chatId, connectionId } = target
    const messenger = this.connections.find(one => one.id === connectionId)?.messenger ?? ''
    const at = this.clock.now()
    this.calls.push({ at, accountId, connectionId, chatId, messenger, content, taken })
    if (taken !== 'taken') return refusal(fate)
    this.lastId += 1
    const messageId = `m${this.lastId}`
    const message: Message = {
      chatId,
      messageId,
      direction: 'outbound',
      byHand: false,
      kind: part.kind,
      text: part.kind === 'text' ? part.text : part.caption,
      createdAt: at,
    }
    this.messages.push(message)
    const echo = { type: 'message', ...message, connectionId, phone: null, username: null } as const
    this.tell(accountId, fate.echoMs, echo, [], fate.isDoubled)
    this.news(accountId, message, connectionId, content, fate)
    return fate.answer === 'ok' ? { kind: 'accepted', value: { messageId } } : { kind: 'unknown' }
  }

  private news(
    accountId: number,
    message: Message,
    connectionId: number,
    content: string,
    fate: SendFate,
  ): void {
    const { messageId, chatId } = message
    if (fate.news === 'silent') return
    if (fate.news === 'reply') {
      const createdAt = this.clock.now() + fate.newsMs
      const reply = {
        ...message,
        type: 'message',
        direction: 'inbound',
        messageId: `${messageId}-reply`,
        text: 'Thanks',
        createdAt,
        chatId,
        connectionId,
        phone: null,
        username: null,
      } as const
      this.tell(accountId, fate.newsMs, reply, [], false)
      return
    }
    const receipt = { type: 'receipt', messageId, status: fate.news } as const
    const isDelivery = fate.news !== 'error'
    this.tell(accountId, fate.newsMs, receipt, isDelivery ? [content] : [], fate.isDoubled)
  }

  /** A webhook: told again later while nobody takes it. */
  private tell(
    accountId: number,
    afterMs: number,
    event: RadistEvent,
    delivers: readonly string[],
    isDoubled: boolean,
  ): void {
    const attempt = () => {
      if (!this.receiver) {
        this.clock.callAt(this.clock.now() + REPEAT_MS, attempt)
        return
      }
      const at = this.clock.now()
      const newsOf = (content: string) => ({ at, accountId, content, isTaken: true })
      const delivered = delivers.map(newsOf)
      const isReply = event.type === 'message' && event.direction === 'inbound'
      const replied = this.calls
        .filter(call => isReply && call.chatId === event.chatId && call.at <= at)
        .map(call => newsOf(call.content))
      this.delivered.push(...delivered)
      this.replied.push(...replied)
      this.receiver(accountId, event).catch(() => {
        for (const news of [...delivered, ...replied]) news.isTaken = false
        this.clock.callAt(this.clock.now() + REPEAT_MS, attempt)
      })
    }
    this.clock.callAt(this.clock.now() + afterMs, attempt)
    if (isDoubled) this.clock.callAt(this.clock.now() + afterMs + 700, attempt)
  }
}

/** Valid Spanish mobiles, one for each contact. */
export function phoneOf(contactId: number): string {
  return `+34612${String(770_000 + (contactId % 10_000))}`
}

function takenOf({ answer }: SendFate): ProviderCall['taken'] {
  if (answer === 'ok' || answer === 'lost_sent') return 'taken'
  if (answer === 'lost_unsent') return 'unsent'
  return answer === 'busy' ? 'busy' : 'refused'
}

function refusal({ answer }: SendFate): ProviderOutcome<never> {
  if (answer === 'busy') return { kind: 'retry_later', retryAfterMs: 1500 }
  if (answer === 'lost_unsent') return { kind: 'unknown' }
  return { kind: 'rejected', error: errorOf(answer === 'connection') }
}

function chatOutcome(
  { answer }: ChatFate,
  chatId: number,
): ProviderOutcome<{ chatId: number; isNew: boolean }> {
  if (answer === 'ok') return { kind: 'accepted', value: { chatId, isNew: true } }
  if (answer === 'busy') return { kind: 'retry_later', retryAfterMs: 1500 }
  if (answer === 'lost') return { kind: 'unknown' }
  return { kind: 'rejected', error: errorOf(answer === 'connection') }
}

function errorOf(isConnections: boolean) {
  return isConnections
    ? ({ scope: 'connection', code: 'connection_logged_out', httpStatus: 400 } as const)
    : ({ scope: 'other', code: 'rejected', httpStatus: 400 } as const)
}

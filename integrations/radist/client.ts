import { z } from 'zod'
import type { ConnectionState } from '../../contracts/cascade.ts'
import type { AddressKind } from '../../contracts/messengers.ts'
import type { ProviderError } from '../../contracts/history.ts'
import type { Limiter, Urgency } from '../limiter.ts'
import { request, type Answer } from '../request.ts'
import {
  parseChatsPage,
  parseConnections,
  parseSources,
  parseWebhooks,
  type RadistChat,
  type RadistWebhook,
} from './answers.ts'
import { parseMessages, type RadistMessage } from './messages.ts'
import { networkOf } from './hosts.ts'
import { errorOfState, meaningOf, toldStateOf } from './known-errors.ts'

/** Radist's API v2 for one company (reference: Radist and its peers, section 1). */
export type RadistAccess = {
  accountId: number
  key: string
  url: string
  companyId: number
  /** What nobody waits for stands back for what somebody does. */
  urgency?: Urgency
}

export type RadistFailure =
  | { code: 'key_refused' }
  | { code: 'company_not_found' }
  | { code: 'unavailable'; retryAfterMs: number | null }
  | { code: 'unexpected_answer'; httpStatus: number }
export type RadistResult<T> = { ok: true; value: T } | { ok: false; failure: RadistFailure }

/** What became of a request that does something at the provider. */
export type ProviderOutcome<T> =
  | { kind: 'accepted'; value: T }
  | { kind: 'rejected'; error: ProviderError }
  | { kind: 'retry_later'; retryAfterMs: number | null }
  | { kind: 'unknown' }
  /** It was not wanted any more when its turn came, and has not left. */
  | { kind: 'withdrawn' }

/** Asked right before a request leaves. `hasQueued`: it had to wait, and much may have happened since. */
export type IsWanted = (hasQueued: boolean) => Promise<boolean>

export type OutgoingPart =
  | { kind: 'text'; text: string }
  | { kind: 'image' | 'file'; url: string; name: string; caption: string }

type CallAnswer = Answer | { kind: 'withdrawn' }

/** 5 requests in any second, two of them at once after a rest; chats and contacts 1 a second. */
const RATE = { intervalMs: 260, extra: 1 }
const CHATS_RATE = { intervalMs: 1000, extra: 0 }
const TIMEOUT_MS = 20_000
const CHATS_PAGE = 100

const chatCreatedSchema = z.object({
  chat_id: z.number(),
  created_chat: z.boolean().optional().catch(undefined),
})
const messageSentSchema = z.object({ message_id: z.coerce.string() })
const webhookSchema = z.object({ id: z.coerce.string(), url: z.string().nullish() })

const WEBHOOK_EVENTS = [
  'messages.create',
  'messages.delivery.delivered',
  'messages.delivery.read',
  'messages.delivery.error',
] as const

export class RadistClient {
  private readonly limiter: Limiter
  private readonly operatorUrl: string

  /** @param operatorUrl the host of accounts that name no other */
  constructor(limiter: Limiter, operatorUrl: string) {
    this.limiter = limiter
    this.operatorUrl = operatorUrl
  }

  async connections(access: RadistAccess) {
    return this.read(access, '/connections/', parseConnections)
  }

  /** How new chats can be created through each connection. */
  async sources(
    access: RadistAccess,
  ): Promise<
    RadistResult<{ connectionId: number; type: string; newChatBy: AddressKind[] | null }[]>
  > {
    return this.read(access, '/messaging/chats/sources/', parseSources)
  }

  async chatsPage(
    access: RadistAccess,
    cursor: string | null,
  ): Promise<RadistResult<{ chats: RadistChat[]; nextCursor: string | null }>> {
    const query = cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''
    const path = `/messaging/chats/with_contacts/?limit=${CHATS_PAGE}${query}`
    return this.read(access, path, parseChatsPage)
  }

  /** The last messages of a chat. */
  async messages(access: RadistAccess, chatId: number): Promise<RadistResult<RadistMessage[]>> {
    return this.read(access, `/messaging/messages/?chat_id=${chatId}&limit=100`, parseMessages)
  }

  /** Every subscription of the company, others' too. */
  async webhooks(access: RadistAccess): Promise<RadistResult<RadistWebhook[]>> {
    return this.read(access, '/webhooks/', parseWebhooks)
  }

  /** One subscription per connection. @returns the webhook's id */
  async createWebhook(
    access: RadistAccess,
    connectionId: number,
    url: string,
  ): Promise<RadistResult<string>> {
    const answer = await this.call(access, 'POST', '/webhooks/', {
      connection_id: connectionId,
      url,
      events: WEBHOOK_EVENTS,
    })
    return this.parsed(answer, body => webhookSchema.parse(body).id)
  }

  async deleteWebhook(access: RadistAccess, id: string): Promise<void> {
    await this.call(access, 'DELETE', `/webhooks/${encodeURIComponent(id)}`)
  }

  /** Get-or-create, so it may be repeated after an unknown outcome. */
  async createChat(
    access: RadistAccess,
    connectionId: number,
    address: { kind: AddressKind; value: string },
    isWanted: IsWanted,
  ): Promise<ProviderOutcome<{ chatId: number; isNew: boolean }>> {
    const json = {
      connection_id: connectionId,
      ...(address.kind === 'phone' ? { phone: address.value } : { user_name: address.value }),
    }
    const answer = await this.call(access, 'POST', '/messaging/chats/', json, isWanted)
    return this.outcome(access, connectionId, answer, body => {
      const { chat_id: chatId, created_chat: isNew } = chatCreatedSchema.parse(body)
      return { chatId, isNew: isNew !== false }
    })
  }

  /** One part of a message. Radist knows no idempotency key: a lost answer is unknown, never repeated. */
  async send(
    access: RadistAccess,
    target: { connectionId: number; chatId: number },
    part: OutgoingPart,
    isWanted: IsWanted,
  ): Promise<ProviderOutcome<{ messageId: string }>> {
    const json = {
      connection_id: target.connectionId,
      chat_id: target.chatId,
      mode: 'async',
      message_type: part.kind,
      ...(part.kind === 'text'
        ? { text: { text: part.text } }
        : { [part.kind]: { url: part.url, name: part.name, caption: part.caption } }),
    }
    const answer = await this.call(access, 'POST', '/messaging/messages/', json, isWanted)
    return this.outcome(access, target.connectionId, answer, body => ({
      messageId: messageSentSchema.parse(body).message_id,
    }))
  }

  private async outcome<T>(
    access: RadistAccess,
    connectionId: number,
    answer: CallAnswer,
    parse: (body: unknown) => T,
  ): Promise<ProviderOutcome<T>> {
    if (answer.kind === 'withdrawn') return answer
    if (answer.kind === 'not_sent') {
      return { kind: 'rejected', error: { scope: 'other', code: 'unreachable' } }
    }
    if (answer.kind === 'lost') return { kind: 'unknown' }
    const { status: httpStatus } = answer
    if (httpStatus >= 200 && httpStatus < 300) {
      try {
        return { kind: 'accepted', value: parse(answer.body) }
      } catch {
        // It was taken, but its answer cannot be read: that is not a refusal.
        return { kind: 'unknown' }
      }
    }
    const meaning = meaningOf(httpStatus)
    switch (meaning) {
      case 'unknown':
        return { kind: 'unknown' }
      case 'busy':
        return { kind: 'retry_later', retryAfterMs: answer.retryAfterMs }
      case 'key_refused':
        return { kind: 'rejected', error: { scope: 'other', code: 'key_refused', httpStatus } }
      case 'missing':
      case 'refused': {
        const error = await this.whoseError(access, connectionId, httpStatus)
        return { kind: 'rejected', error }
      }
      default:
        return meaning satisfies never
    }
  }

  /** Error texts say nothing reliable: the connection's own state tells whether the error is its own. */
  private async whoseError(
    access: RadistAccess,
    connectionId: number,
    httpStatus: number,
  ): Promise<ProviderError> {
    const answer = await this.call(access, 'GET', `/connections/${connectionId}`)
    if (answer.kind === 'answer' && answer.status === 404) {
      // The whole company may be missing here, as on the host of another country.
      const company = await this.connections(access)
      return company.ok
        ? { scope: 'connection', code: 'connection_deleted', httpStatus }
        : { scope: 'other', code: 'rejected', httpStatus }
    }
    const state: ConnectionState | null =
      answer.kind === 'answer' && answer.status === 200 ? toldStateOf(answer.body) : null
    return (
      (state && errorOfState(state, httpStatus)) ?? { scope: 'other', code: 'rejected', httpStatus }
    )
  }

  private async read<T>(
    access: RadistAccess,
    path: string,
    parse: (body: unknown) => T,
  ): Promise<RadistResult<T>> {
    return this.parsed(await this.call(access, 'GET', path), parse)
  }

  private parsed<T>(answer: CallAnswer, parse: (body: unknown) => T): RadistResult<T> {
    if (answer.kind !== 'answer') {
      return { ok: false, failure: { code: 'unavailable', retryAfterMs: null } }
    }
    const { status, retryAfterMs } = answer
    if (status >= 200 && status < 300) {
      try {
        return { ok: true, value: parse(answer.body) }
      } catch {
        return { ok: false, failure: { code: 'unexpected_answer', httpStatus: status } }
      }
    }
    const meaning = meaningOf(status)
    switch (meaning) {
      case 'key_refused':
        return { ok: false, failure: { code: 'key_refused' } }
      case 'missing':
        return { ok: false, failure: { code: 'company_not_found' } }
      case 'busy':
      case 'unknown':
        return { ok: false, failure: { code: 'unavailable', retryAfterMs } }
      case 'refused':
        return { ok: false, failure: { code: 'unexpected_answer', httpStatus: status } }
      default:
        return meaning satisfies never
    }
  }

  private async call(
    access: RadistAccess,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    json?: unknown,
    isWanted?: IsWanted,
  ): Promise<CallAnswer> {
    const host = new URL(access.url).host
    const slow = path.startsWith('/messaging/chats/') || path.startsWith('/contacts/')
    const key = `${access.accountId}:${host}`
    const queued = [await this.limiter(`radist:${key}`, RATE, access.urgency)]
    // The stricter one last: nothing stands between its slot and the request.
    if (slow) queued.push(await this.limiter(`radist-chats:${key}`, CHATS_RATE, access.urgency))
    if (isWanted && !(await isWanted(queued.includes(true)))) return { kind: 'withdrawn' }
    const url = `${access.url.replace(/\/$/u, '')}/companies/${access.companyId}${path}`
    return request(url, {
      method,
      headers: { 'x-api-key': access.key, accept: 'application/json' },
      timeoutMs: TIMEOUT_MS,
      network: networkOf(access.url, this.operatorUrl),
      ...(json === undefined ? {} : { json }),
    })
  }
}

import type { z } from 'zod'
import type { Limiter } from '../limiter.ts'
import { request, type Answer } from '../request.ts'
import type { Credentials } from './credentials.ts'
import {
  accountSchema,
  botsPageSchema,
  companySchema,
  contactSchema,
  contactsPageSchema,
  customFieldsPageSchema,
  leadSchema,
  leadsPageSchema,
  pipelinesSchema,
  userSchema,
  usersPageSchema,
  type CustomField,
} from './entities.ts'
import type { Gate } from './gate.ts'
import { accountUrlOf, networkOf } from './hosts.ts'

/** Kommo's API for one account (reference: Kommo server side, sections 1.3, 3 and 6). */
export type KommoAccess = {
  id: number
  subdomain: string
  /** Asks with this person's rights instead of the whole account's. */
  asUserId?: number
  /** Asks with this token instead of the account's own, to try it out. */
  token?: string
}

/** Why Kommo gave nothing. `unavailable` may be tried again, the others not. */
export type KommoFailure =
  | { code: 'not_found' }
  | { code: 'disconnected' }
  | { code: 'refused'; httpStatus: number }
  | { code: 'unavailable'; retryAfterMs: number | null }
export type KommoResult<T> = { ok: true; value: T } | { ok: false; failure: KommoFailure }

export type ContinueResult = 'accepted' | 'gone' | 'refused' | 'held' | 'failed'

/** What came of a request, or that there was no token to make it with. */
type Call = Answer | { kind: 'disconnected' } | { kind: 'unavailable' }

/** 7 requests in any second for each account, two of them at once after a rest. */
const RATE = { intervalMs: 170, extra: 1 }
const TIMEOUT_MS = 15_000
const PAGE_LIMIT = 250
const PAGES_MAX = 50

export class KommoClient {
  private readonly kommoUrl: string
  private readonly limiter: Limiter
  private readonly credentials: Credentials
  private readonly gate: Gate

  /** @param kommoUrl an account's address, `{subdomain}` stands for its name */
  constructor(kommoUrl: string, limiter: Limiter, credentials: Credentials, gate: Gate) {
    this.kommoUrl = kommoUrl
    this.limiter = limiter
    this.credentials = credentials
    this.gate = gate
  }

  /** The address of an account, without a slash at its end. */
  accountUrl(subdomain: string): string {
    return accountUrlOf(this.kommoUrl, subdomain)
  }

  account(access: KommoAccess) {
    return this.read(access, '/account?with=datetime_settings', accountSchema)
  }
  lead(access: KommoAccess, id: number) {
    return this.read(access, `/leads/${id}?with=contacts`, leadSchema)
  }
  /**
   * Deals whose filled fields hold the text; the newest ones without a text. `query` is documented for
   * contacts; that deals know it too, and `order`, is assumed.
   */
  findLeads(access: KommoAccess, text: string, limit: number) {
    const query = text === '' ? '' : `&query=${encodeURIComponent(text)}`
    const path = `/leads?with=contacts&limit=${limit}&order[updated_at]=desc${query}`
    return this.read(access, path, leadsPageSchema)
  }
  /** Contacts whose filled fields hold the text; the newest ones without a text. */
  findContacts(access: KommoAccess, text: string, limit: number) {
    const query = text === '' ? '' : `&query=${encodeURIComponent(text)}`
    const path = `/contacts?limit=${limit}&order[updated_at]=desc${query}`
    return this.read(access, path, contactsPageSchema)
  }
  /** Bots by name. The route is known, the shape of its answer is not (Kommo server side 1.3). */
  bots(access: KommoAccess) {
    return this.read(access, `/bots?limit=${PAGE_LIMIT}`, botsPageSchema)
  }
  contact(access: KommoAccess, id: number) {
    return this.read(access, `/contacts/${id}`, contactSchema)
  }
  company(access: KommoAccess, id: number) {
    return this.read(access, `/companies/${id}`, companySchema)
  }
  user(access: KommoAccess, id: number) {
    return this.read(access, `/users/${id}`, userSchema)
  }
  pipelines(access: KommoAccess) {
    return this.read(access, '/leads/pipelines', pipelinesSchema)
  }

  /** Whether the token has an administrator's rights: only those may list users. */
  async isAdmin(access: KommoAccess): Promise<KommoResult<boolean>> {
    const call = await this.send(access, '/api/v4/users?limit=1', 'GET')
    if (call.kind === 'answer' && call.status === 403) return { ok: true, value: false }
    const users = this.result(access, call, usersPageSchema)
    return users.ok ? { ok: true, value: true } : users
  }

  /** All custom fields of a kind of entity, page by page until there is no `_links.next`. */
  async customFields(access: KommoAccess, entity: 'leads' | 'contacts' | 'companies') {
    const fields: CustomField[] = []
    for (let page = 1; page <= PAGES_MAX; page++) {
      const path = `/${entity}/custom_fields?limit=${PAGE_LIMIT}&page=${page}`
      const result = await this.read(access, path, customFieldsPageSchema)
      if (!result.ok) {
        if (result.failure.code === 'not_found') break
        return result
      }
      fields.push(...result.value._embedded.custom_fields)
      if (!result.value._links?.next) break
    }
    return { ok: true, value: fields } as const
  }

  /** Lets the bot go on. `data` are flat strings and nothing else: an empty handler list hangs a bot. */
  async continueBot(
    access: KommoAccess,
    returnUrl: string,
    data: Readonly<Record<string, string>>,
  ): Promise<ContinueResult> {
    // The host is the account's own: it was checked when the hook came, and follows the account.
    const { pathname } = new URL(returnUrl)
    const answer = await this.send(access, pathname, 'POST', { data })
    if (answer.kind === 'disconnected') return 'held'
    if (answer.kind !== 'answer') return 'failed'
    if (answer.status >= 200 && answer.status < 300) return 'accepted'
    if (answer.status === 404) return 'gone'
    if ([401, 402, 403].includes(answer.status)) return 'held'
    if (answer.status === 429 || answer.status >= 500) return 'failed'
    return 'refused'
  }

  /** Writes a note into the feed of a deal or contact. */
  async addNote(
    access: KommoAccess,
    entity: { type: 'lead' | 'contact'; id: number },
    text: string,
  ): Promise<boolean> {
    const path = `/api/v4/${entity.type}s/${entity.id}/notes`
    const note = {
      note_type: 'extended_service_message',
      params: { service: 'Radist.Online', text },
      is_need_to_trigger_digital_pipeline: false,
    }
    const answer = await this.send(access, path, 'POST', [note])
    return answer.kind === 'answer' && answer.status < 300
  }

  /** Asks once more, with a new token, when Kommo refuses the one that we have. */
  private async send(
    access: KommoAccess,
    path: string,
    method: 'GET' | 'POST',
    json?: unknown,
  ): Promise<Call> {
    if (access.token !== undefined) {
      return this.ask(access, { ...access, token: access.token }, path, method, json)
    }
    const first = await this.credentials.token(access.id)
    if (first.kind !== 'token') return first
    const answer = await this.ask(access, first, path, method, json)
    if (answer.kind !== 'answer' || answer.status !== 401) {
      const isTaken = answer.kind === 'answer' && answer.status < 300
      if (first.hasProblem && isTaken) await this.credentials.works(access.id)
      return answer
    }
    const renewed = await this.credentials.renew(access.id, first.token)
    if (renewed.kind !== 'token') return renewed
    return renewed.token === first.token ? answer : this.ask(access, renewed, path, method, json)
  }

  private async ask(
    access: KommoAccess,
    by: { token: string; subdomain: string },
    path: string,
    method: 'GET' | 'POST',
    json: unknown,
  ): Promise<Answer> {
    await this.limiter(`kommo:${access.id}`, RATE)
    if (!(await this.gate.enter())) return { kind: 'not_sent' }
    const headers = {
      authorization: `Bearer ${by.token}`,
      accept: 'application/json',
      ...(access.asUserId === undefined ? {} : { 'x-context-user-id': String(access.asUserId) }),
    }
    const answer = await request(`${this.accountUrl(by.subdomain)}${path}`, {
      method,
      headers,
      timeoutMs: TIMEOUT_MS,
      network: networkOf(this.kommoUrl),
      ...(json === undefined ? {} : { json }),
    })
    // What one person may not see says nothing of our address.
    if (access.asUserId === undefined) this.gate.saw(answer)
    return answer
  }

  private async read<Schema extends z.ZodType>(
    access: KommoAccess,
    path: string,
    schema: Schema,
  ): Promise<KommoResult<z.infer<Schema>>> {
    return this.result(access, await this.send(access, `/api/v4${path}`, 'GET'), schema)
  }

  private result<Schema extends z.ZodType>(
    access: KommoAccess,
    answer: Call,
    schema: Schema,
  ): KommoResult<z.infer<Schema>> {
    if (answer.kind === 'disconnected') return failure({ code: 'disconnected' })
    if (answer.kind !== 'answer') return failure({ code: 'unavailable', retryAfterMs: null })
    const { status, retryAfterMs } = answer
    // Kommo answers 204 with nothing for what is not there.
    if (status === 204 || status === 404) return failure({ code: 'not_found' })
    if (status === 401) return failure({ code: 'disconnected' })
    // What one person may not see is not there for that person.
    if (status === 403 && access.asUserId !== undefined) return failure({ code: 'not_found' })
    // 403 is also what a blocked address gets after too many 429.
    if (status === 429 || status === 403 || status >= 500) {
      return failure({ code: 'unavailable', retryAfterMs })
    }
    if (status !== 200) return failure({ code: 'refused', httpStatus: status })
    const parsed = schema.safeParse(answer.body)
    if (!parsed.success) return failure({ code: 'refused', httpStatus: status })
    return { ok: true, value: parsed.data }
  }
}

function failure(value: KommoFailure): { ok: false; failure: KommoFailure } {
  return { ok: false, failure: value }
}

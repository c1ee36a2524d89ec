import type { OutsideLogs } from '../e2e/support/check-history.ts'
import { Agent, createServer, request, type IncomingMessage } from 'node:http'

/**
 * Kommo and Radist as the benchmark needs them: they answer at once, echo each message and send its
 * receipt. Three of ten contacts are not on the first messenger: their message comes back as an error.
 */
const RECEIPT_MS = 22
const ERROR_SHARE = 0.3

const agent = new Agent({ keepAlive: true, maxSockets: 256 })

export type Outside = {
  url: string
  /** Where webhooks go. */
  server: { url: string }
  /** How long after its send a message's error comes. */
  settings: { errorAfterMs: number; errorShare: number }
  /** Accounts whose Radist takes every request and answers none. */
  hangingAccounts: Set<number>
  /** What was asked of it so far. */
  counts: { sends: number; continues: number }
  /** What it saw, for the history checker. The benchmark keeps none of it. */
  log: Log | null
  /** From an error's receipt to the next messenger's send, milliseconds. */
  fallThroughTimes: number[]
  /** Resolves when the bot with this id was continued. */
  continued: (id: number) => Promise<void>
  close: () => void
}

type Item<List> = List extends readonly (infer One)[] ? One : never
type Log = {
  sends: Item<OutsideLogs['radist']['sends']>[]
  webhooks: Item<OutsideLogs['radist']['webhooks']>[]
  continues: Item<OutsideLogs['kommo']['calls']>[]
}

export function emptyLog(): Log {
  return { sends: [], webhooks: [], continues: [] }
}

/** Accounts are numbered from 1; each has connection `10 n + 1` first, then `10 n + 2`. */
export const secretOf = (account: number) => `secret-of-account-${account}`

export async function startOutside(): Promise<Outside> {
  const waiting = new Map<number, () => void>()
  /** Bots that went on: they do not a second time. */
  const continued = new Set<number>()
  const erredAt = new Map<string, number>()
  const outside: Omit<Outside, 'url' | 'close'> = {
    server: { url: '' },
    settings: { errorAfterMs: RECEIPT_MS, errorShare: ERROR_SHARE },
    hangingAccounts: new Set(),
    counts: { sends: 0, continues: 0 },
    log: null,
    fallThroughTimes: [],
    continued: id =>
      new Promise(resolve => {
        waiting.set(id, resolve)
      }),
  }
  let lastMessage = 0

  function answer(method: string, path: string, body: Body): object {
    const [, id = '0'] = /\/(\d+)(?:\?|$)/u.exec(path) ?? []
    if (path.startsWith('/api/v4/leads/') && method === 'GET') {
      return {
        id: Number(id),
        name: 'Roses',
        _embedded: { contacts: [{ id: Number(id), is_main: true }] },
      }
    }
    if (path.startsWith('/api/v4/contacts/') && method === 'GET') {
      const values = [{ value: `+34${600_000_000 + Number(id)}` }]
      const fields = [{ field_id: 1, field_code: 'PHONE', values }]
      return { id: Number(id), name: 'Anna', custom_fields_values: fields }
    }
    if (path.includes('/continue/')) {
      const status = continued.has(Number(id)) ? 404 : 202
      const at = new Date().toISOString()
      outside.log?.continues.push({ at, path, body, status })
      if (status === 404) return { status }
      continued.add(Number(id))
      outside.counts.continues += 1
      waiting.get(Number(id))?.()
      waiting.delete(Number(id))
      return { status }
    }
    if (path.endsWith('/messaging/chats/')) {
      const contact = Number(body.phone?.slice(3) ?? 0) - 600_000_000
      const connection = body.connection_id ?? 0
      return { chat_id: contact * 10 + (connection % 10), created_chat: true }
    }
    if (path.endsWith('/messaging/messages/')) return { message_id: take(body) }
    return {}
  }

  function take({ chat_id: chatId = 0, connection_id: connectionId = 0, text }: Body): string {
    lastMessage += 1
    outside.counts.sends += 1
    const messageId = `message-${lastMessage}`
    const contact = Math.floor(chatId / 10)
    const erred = erredAt.get(`${contact}`)
    if (erred !== undefined) {
      outside.fallThroughTimes.push(performance.now() - erred)
      erredAt.delete(`${contact}`)
    }
    const account = Math.floor(connectionId / 10)
    const { errorAfterMs, errorShare } = outside.settings
    const isError = connectionId % 10 === 1 && (contact * 7) % 10 < errorShare * 10
    const message = {
      message_id: messageId,
      direction: 'outbound',
      message_type: 'text',
      text,
      created_at: new Date().toISOString(),
      source_message_id: null,
    }
    outside.log?.sends.push({
      at: Date.now(),
      connectionId,
      chatId,
      content: text?.text ?? '',
      taken: 'taken',
      messageId,
    })
    const event = { connection_id: connectionId, chat_id: chatId, message }
    const url = `${outside.server.url}/hooks/radist/${secretOf(account)}`
    const tell = async (name: string) => {
      const at = new Date().toISOString()
      const ok = (await post(url, { event_type: name, event })) === 200
      outside.log?.webhooks.push({ at, event: name, messageId, chatId, direction: 'outbound', ok })
    }
    void tell('messages.create')
    setTimeout(
      () => {
        if (isError) erredAt.set(`${contact}`, performance.now())
        void tell(`messages.delivery.${isError ? 'error' : 'delivered'}`)
      },
      isError ? errorAfterMs : RECEIPT_MS,
    )
    return messageId
  }

  const server = createServer((incoming, response) => {
    void readJson(incoming).then(body => {
      const { method = 'GET', url: path = '/' } = incoming
      const company = Number(/\/companies\/(\d+)\//u.exec(path)?.[1])
      if (outside.hangingAccounts.has(company)) return
      response.setHeader('content-type', 'application/json')
      const answered = answer(method, path, body)
      response.statusCode = statusOf(answered)
      response.end(JSON.stringify(answered))
    })
  })
  const url = await new Promise<string>(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(`http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}`)
    })
  })
  return Object.assign(outside, { url, close: () => server.close() })
}

function statusOf(answered: object): number {
  return 'status' in answered ? Number(answered.status) : 200
}

type Body = {
  phone?: string
  connection_id?: number
  chat_id?: number
  text?: { text: string }
}

async function readJson(incoming: IncomingMessage): Promise<Body> {
  let text = ''
  for await (const chunk of incoming) text += String(chunk)
  return text === '' ? {} : (JSON.parse(text) as Body)
}

/** A POST with as little work as can be, so that what is measured is the other side. @returns its status */
export function post(url: string, body: unknown, type: 'json' | 'form' = 'json'): Promise<number> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent,
        method: 'POST',
        headers: {
          'content-type':
            type === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(text),
        },
      },
      response => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    sent.on('error', error => {
      // The other side closed a line that rested in the very moment in which we took it.
      if (sent.reusedSocket) resolve(post(url, body, type))
      else reject(error)
    })
    sent.end(text)
  })
}

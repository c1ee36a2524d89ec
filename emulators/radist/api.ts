import { createHash, randomUUID } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { z } from 'zod'
import { recordCalls, type ApiCall } from '../shared/call-log.ts'
import { personOf, type EmulatedMessage, type RadistWorld, type SendRecord } from './world.ts'
import type { Phones } from './phones.ts'
import { messageJson } from './webhooks.ts'

/** "5 requests/s; chats and contacts 1 request/s". */
const PER_SECOND = 5
/** Under a second: timers of a busy machine fire late and then together. */
const WINDOW_MS = 600
const MEDIA_MAX_BYTES = 110 * 1024 * 1024

const newChatSchema = z.object({
  connection_id: z.number(),
  contact_id: z.number().optional(),
  phone: z.string().optional(),
  user_name: z.string().optional(),
})
const mediaSchema = z.object({
  url: z.url(),
  name: z.string().optional(),
  caption: z.string().optional(),
})
const newMessageSchema = z.object({
  connection_id: z.number(),
  chat_id: z.number(),
  mode: z.string().optional(),
  message_type: z.enum(['text', 'image', 'file']),
  text: z.object({ text: z.string().min(1) }).optional(),
  image: mediaSchema.optional(),
  file: mediaSchema.optional(),
})
const newWebhookSchema = z.object({
  connection_id: z.number(),
  url: z.url(),
  events: z.array(z.string()).min(1),
})

/** Radist's API v2, under `/v2`. Paths are taken with and without the slash at their end. */
export function radistApi(world: RadistWorld, phones: Phones, calls: ApiCall[]) {
  const app = new Hono<{ Bindings: HttpBindings }>({ strict: false })
  const recent = new Map<string, number[]>()
  const isTooMany = (key: string, limit: number) => {
    const now = Date.now()
    const window = (recent.get(key) ?? []).filter(at => now - at < WINDOW_MS)
    window.push(now)
    recent.set(key, window)
    return window.length > limit
  }

  app.use('*', recordCalls(calls))
  // The shape of an error's body is not known.
  app.use('*', async (context, next) => {
    await next()
    if (world.switches.errorBody === 'html' && context.res.status >= 400) {
      const { status } = context.res
      context.res = new Response(`<h1>${status}</h1>`, { status, headers: context.res.headers })
      context.res.headers.set('content-type', 'text/html')
    }
  })
  app.use('*', async (context, next) => {
    const { pathname, host, search } = new URL(context.req.url)
    const { servedHost, slash } = world.switches
    const isServed = servedHost === null || servedHost === (context.req.header('host') ?? host)
    if (!isServed) return context.json({ detail: 'Company not found' }, 404)
    const lacksSlash = !pathname.endsWith('/') && !/\/\d+$/u.test(pathname)
    if (lacksSlash && slash === 'required') return context.json({ detail: 'Not Found' }, 404)
    if (lacksSlash && slash === 'redirected') return context.redirect(`${pathname}/${search}`, 307)
    return next()
  })
  app.use('*', async (context, next) => {
    if (context.req.header('x-api-key') !== world.apiKey) {
      return context.json({ detail: 'Invalid API key' }, 401)
    }
    const slow = /\/(?:messaging\/chats|contacts)\//u.test(`${context.req.path}/`)
    if (isTooMany('all', PER_SECOND) || (slow && isTooMany('slow', 1))) {
      return context.json({ detail: 'Too many requests' }, 429)
    }
    if (context.req.method === 'POST' && context.req.path.includes('/messaging/')) {
      if (world.faults.strikes('too_many_requests_retry_after')) {
        context.header('retry-after', '1')
        return context.json({ detail: 'Too many requests' }, 429)
      }
      if (world.faults.strikes('too_many_requests')) {
        return context.json({ detail: 'Too many requests' }, 429)
      }
    }
    return next()
  })
  app.get('/users/me', context => context.json({ id: 1, email: 'owner@flowers.example' }))
  app.get('/companies', context =>
    context.json({ companies: [{ id: world.companyId, name: 'Flowers Madrid' }] }),
  )
  app.use('/companies/:company/*', async (context, next) => {
    if (Number(context.req.param('company')) !== world.companyId) {
      return context.json({ detail: 'Company not found' }, 404)
    }
    return next()
  })
  app.get('/companies/:company/connections', context =>
    context.json({ connections: world.connections.map(one => connectionJson(world, one)) }),
  )
  app.get('/companies/:company/connections/:id', context => {
    const connection = world.connection(Number(context.req.param('id')))
    return connection
      ? context.json(connectionJson(world, connection))
      : context.json({ detail: 'Not found' }, 404)
  })
  app.get('/companies/:company/messaging/chats/sources', context =>
    context.json(
      world.connections
        .filter(connection => connection.type !== 'amocrm')
        .map(source => sourceJson(world, source)),
    ),
  )
  app.get('/companies/:company/messaging/chats/with_contacts', context => {
    const limit = Math.min(100, Number(context.req.query('limit') ?? 100))
    const start = Number(context.req.query('cursor') ?? 0)
    // A place that is not known any more.
    if (world.faults.strikes('cursor_refused') && start > 0) {
      return context.json({ detail: 'Invalid cursor' }, 400)
    }
    if (world.faults.strikes('chats_unavailable')) {
      return context.json({ detail: 'Server error' }, 502)
    }
    const page = world.chats.slice(start, start + limit)
    return context.json({
      data: page.map(chat => ({
        contact_id: chat.contactId,
        contact_name: personOf(chat)?.firstName ?? '',
        avatar_url: null,
        is_group: false,
        unanswered_count: 0,
        last_chat_updated_at: chat.messages.at(-1)?.createdAt ?? '2026-03-01T10:00:00Z',
        chats: [
          {
            chat_id: chat.id,
            connection_id: chat.connectionId,
            phone: chat.phone,
            source_chat_id: chat.phone ?? chat.username,
            name: '',
            unanswered_count: 0,
            last_message: chat.messages.at(-1)
              ? { created_at: chat.messages.at(-1)?.createdAt }
              : null,
          },
        ],
      })),
      response_metadata: {
        next_cursor: start + limit < world.chats.length ? String(start + limit) : '',
      },
    })
  })
  app.post('/companies/:company/messaging/chats', async context => {
    const parsed = newChatSchema.safeParse(await context.req.json().catch(() => null))
    if (!parsed.success) return context.json({ detail: 'Invalid body' }, 422)
    const { connection_id: connectionId, phone, user_name: username } = parsed.data
    const connection = world.connection(connectionId)
    if (!connection) return context.json({ detail: 'Connection not found' }, 404)
    if (connection.state !== 'in_subscription')
      return context.json({ detail: 'Connection cannot send' }, 400)
    const by = phone ? 'phone' : 'username'
    if ((!phone && !username) || !connection.newChatBy.includes(by)) {
      return context.json({ detail: 'A chat cannot be created this way' }, 400)
    }
    const person = personOf({
      phone: phone ?? null,
      username: username?.replace(/^@/u, '').toLowerCase() ?? null,
    })
    const address = { phone: phone ?? person?.phone ?? null, username: username ?? null }
    const { faults } = world
    if (faults.strikes('chat_server_error')) return context.json({ detail: 'Server error' }, 502)
    if (faults.strikes('connection_unpaid')) connection.state = 'unpaid'
    if (faults.strikes('dialog_quota_exhausted')) connection.newDialogsLeft = 0
    if (connection.state !== 'in_subscription') {
      return context.json({ detail: 'Connection cannot send' }, 400)
    }
    const opened = world.openChat(connectionId, address)
    const isNew = opened.createdChat
    const isOverQuota = isNew && connection.newDialogsLeft === 0
    if (isOverQuota || (isNew && world.reactionOf(opened.chat) === 'not_registered')) {
      world.chats.splice(world.chats.indexOf(opened.chat), 1)
      const detail = isOverQuota
        ? 'The limit of outgoing dialogs is reached'
        : 'This number is not registered'
      return context.json({ detail }, 400)
    }
    if (faults.strikes('chat_refused')) {
      return context.json({ detail: 'This number is not registered' }, 400)
    }
    if (isNew && connection.newDialogsLeft !== undefined) connection.newDialogsLeft -= 1
    if (faults.strikes('chat_answer_cut')) return cut(context)
    return context.json({
      created_chat: opened.createdChat,
      created_contact: opened.createdContact,
      chat_id: opened.chat.id,
      contact_id: opened.chat.contactId,
    })
  })
  app.get('/companies/:company/messaging/messages', context => {
    const chat = world.chat(Number(context.req.query('chat_id')))
    const until = context.req.query('until')
    const messages = (chat?.messages ?? []).filter(message => !until || message.createdAt <= until)
    return context.json(messages.slice(-100).map(message => messageJson(world, message)))
  })
  app.post('/companies/:company/messaging/messages', async context => {
    const parsed = newMessageSchema.safeParse(await context.req.json().catch(() => null))
    if (!parsed.success) return context.json({ detail: 'Invalid body' }, 422)
    const { chat_id: chatId, connection_id: connectionId, message_type: type } = parsed.data
    const content = type === 'text' ? null : parsed.data[type]
    const text = content ? (content.caption ?? '') : (parsed.data.text?.text ?? '')
    const record: SendRecord = {
      at: Date.now(),
      connectionId,
      chatId,
      content: content ? (content.name ?? '') : text,
      taken: 'refused',
      messageId: null,
    }
    world.sends.push(record)
    const chat = world.chat(chatId)
    const connection = world.connection(connectionId)
    const { faults } = world
    if (!chat || chat.connectionId !== connectionId) {
      return context.json({ detail: 'Chat not found' }, 404)
    }
    if (faults.strikes('server_error_before_send')) {
      record.taken = 'unsent'
      return context.json({ detail: 'Server error' }, 503)
    }
    if (connection && faults.strikes('connection_logged_out')) connection.state = 'logged_out'
    if (connection?.state !== 'in_subscription') {
      return context.json({ detail: 'Connection cannot send' }, 400)
    }
    if (faults.strikes('chat_blacklisted')) chat.isBlacklisted = true
    if (chat.isBlacklisted) return context.json({ detail: 'The chat is in the blacklist' }, 400)
    if (faults.strikes('send_refused')) return context.json({ detail: 'Message refused' }, 400)
    if (type === 'text' ? !parsed.data.text : !content) {
      return context.json({ detail: 'No content' }, 422)
    }
    const media = content ? await fetchMedia(world, content.url, content.name) : null
    if (content && !media) return context.json({ detail: 'The file could not be fetched' }, 400)
    const message: EmulatedMessage = {
      id: randomUUID(),
      direction: 'outbound',
      type,
      text,
      media,
      createdAt: new Date().toISOString(),
      status: 'sent',
    }
    record.taken = 'taken'
    record.messageId = message.id
    const known = phones.receive(chat, message)
    if (faults.strikes('answer_after_receipt')) await known
    if (faults.strikes('server_error_after_send')) {
      return context.json({ detail: 'Server error' }, 500)
    }
    if (faults.strikes('answer_cut_after_send')) return cut(context)
    return context.json({ message_id: message.id })
  })
  app.get('/companies/:company/webhooks', context =>
    context.json(
      world.switches.webhookList === 'bare'
        ? world.webhooks.map(webhookJson)
        : { webhooks: world.webhooks.map(webhookJson) },
    ),
  )
  app.post('/companies/:company/webhooks', async context => {
    const parsed = newWebhookSchema.safeParse(await context.req.json().catch(() => null))
    if (!parsed.success) return context.json({ detail: 'Invalid body' }, 422)
    const { connection_id: connectionId, url, events } = parsed.data
    const webhook = { id: world.takeId(), connectionId, url, events }
    if (world.switches.webhooks === 'displace') {
      const others = world.webhooks.filter(one => one.connectionId !== connectionId)
      world.webhooks.splice(0, world.webhooks.length, ...others)
    }
    world.webhooks.push(webhook)
    return context.json(webhookJson(webhook))
  })
  app.delete('/companies/:company/webhooks/:id', context => {
    const index = world.webhooks.findIndex(
      webhook => webhook.id === Number(context.req.param('id')),
    )
    if (index === -1) return context.json({ detail: 'Not found' }, 404)
    world.webhooks.splice(index, 1)
    return context.body(null, 204)
  })
  return app
}

/** The connection breaks before an answer came. */
function cut(context: Context<{ Bindings: HttpBindings }>): Response {
  context.env.incoming.socket.destroy()
  return context.body(null)
}

function connectionJson(world: RadistWorld, connection: RadistWorld['connections'][number]) {
  const { id, type, name, state } = connection
  return world.switches.connectionState === 'told' ? { id, type, name, state } : { id, type, name }
}

/** How chats are created through a connection; the field's name is not published. */
function sourceJson(world: RadistWorld, connection: RadistWorld['connections'][number]) {
  const { id, type, newChatBy } = connection
  const source = { connection_id: id, type }
  switch (world.switches.newChatBy) {
    case 'list':
      return { ...source, create_chat_by: newChatBy }
    case 'flags':
      return {
        ...source,
        can_create_by_phone: newChatBy.includes('phone'),
        can_create_by_user_name: newChatBy.includes('username'),
      }
    case 'untold':
      return source
    default:
      return world.switches.newChatBy satisfies never
  }
}

function webhookJson(webhook: RadistWorld['webhooks'][number]) {
  return {
    id: webhook.id,
    connection_id: webhook.connectionId,
    url: webhook.url,
    events: webhook.events,
  }
}

/** The messenger fetches the file by its link, as a real one does. */
async function fetchMedia(
  world: RadistWorld,
  url: string,
  name: string | undefined,
): Promise<EmulatedMessage['media']> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(15_000) })
    if (!response.ok) return null
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (bytes.length > MEDIA_MAX_BYTES) return null
    const contentType = response.headers.get('content-type') ?? 'application/octet-stream'
    const mediaId = createHash('sha256').update(bytes).digest('hex')
    world.media.set(mediaId, { bytes, contentType })
    return { name: name ?? 'file', contentType, size: bytes.length, mediaId }
  } catch {
    return null
  }
}

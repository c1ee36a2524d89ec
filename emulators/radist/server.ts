import path from 'node:path'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { z } from 'zod'
import { PEOPLE } from '../shared/people.ts'
import { servePageFile } from '../shared/serve-folder.ts'
import { FAULTS } from './faults.ts'
import type { ApiCall } from '../shared/call-log.ts'
import { radistApi } from './api.ts'
import { Phones } from './phones.ts'
import { WebhookSender } from './webhooks.ts'
import { personOf, RadistWorld } from './world.ts'

const PAGE = path.join(import.meta.dirname, 'page')

const reactionSchema = z.object({
  messenger: z.string(),
  personId: z.number().nullable(),
  reaction: z.enum(['deliver', 'read', 'silent', 'fail', 'not_registered']).nullable(),
})
const statusSchema = z.object({
  chatId: z.number(),
  messageId: z.string(),
  status: z.enum(['delivered', 'read', 'error']),
})
const replySchema = z.object({ chatId: z.number(), text: z.string().min(1) })
const stateSchema = z.object({
  connectionId: z.number(),
  state: z.enum(['in_subscription', 'not_in_subscription', 'unpaid', 'logged_out']).optional(),
  newDialogsLeft: z.number().int().min(0).optional(),
})
const faultsSchema = z.object({
  once: z.array(z.enum(FAULTS)).optional(),
  seed: z.number().int().optional(),
  chances: z.partialRecord(z.enum(FAULTS), z.number().min(0).max(1)).optional(),
  lateMs: z.number().optional(),
})
const newConnectionsSchema = z.object({
  type: z.string(),
  count: z.number().int().min(1).max(2000),
})
const switchesSchema = z.object({
  slash: z.enum(['both', 'required', 'redirected']).optional(),
  servedHost: z.string().nullable().optional(),
  webhooks: z.enum(['many', 'displace']).optional(),
  webhookList: z.enum(['named', 'bare']).optional(),
  connectionState: z.enum(['told', 'untold']).optional(),
  newChatBy: z.enum(['list', 'flags', 'untold']).optional(),
  times: z.enum(['zoned', 'naive']).optional(),
  errorBody: z.enum(['json', 'html']).optional(),
})

/** The emulated Radist: its API under /v2, and at / the page with each person's phone. */
export function createRadist() {
  const world = new RadistWorld()
  const webhooks = new WebhookSender(world)
  const phones = new Phones(world, webhooks)
  const calls: ApiCall[] = []
  const app = new Hono({ strict: false })
  app.route('/v2', radistApi(world, phones, calls))
  app.get('/', context => servePageFile(context, PAGE, 'phones.html'))
  app.get('/page/:file', context => servePageFile(context, PAGE, context.req.param('file')))
  app.get('/media/:id', context => {
    const media = world.media.get(context.req.param('id'))
    if (!media) return context.notFound()
    return context.body(new Uint8Array(media.bytes), 200, { 'content-type': media.contentType })
  })
  app.get('/ui/state', context => context.json(stateOf(world)))
  app.get('/ui/log', context => context.json({ calls, webhooks: webhooks.log, sends: world.sends }))
  app.post('/ui/reaction', async context => {
    const { messenger, personId, reaction } = reactionSchema.parse(await context.req.json())
    const key = personId === null ? messenger : `${personId}:${messenger}`
    if (reaction === null) world.reactions.delete(key)
    else world.reactions.set(key, reaction)
    return context.json({})
  })
  app.post('/ui/status', async context => {
    const { chatId, messageId, status } = statusSchema.parse(await context.req.json())
    const chat = world.chat(chatId)
    const message = chat?.messages.find(candidate => candidate.id === messageId)
    if (!chat || !message) return context.json({ error: 'no such message' }, 404)
    void phones.setStatus(chat, message, status)
    return context.json({})
  })
  app.post('/ui/reply', async context => {
    const { chatId, text } = replySchema.parse(await context.req.json())
    const chat = world.chat(chatId)
    if (!chat) return context.json({ error: 'no such chat' }, 404)
    phones.reply(chat, text)
    return context.json({})
  })
  app.post('/ui/connection', async context => {
    const { connectionId, state, newDialogsLeft } = stateSchema.parse(await context.req.json())
    const connection = world.connection(connectionId)
    if (!connection) return context.json({ error: 'no such connection' }, 404)
    if (state) connection.state = state
    if (newDialogsLeft !== undefined) connection.newDialogsLeft = newDialogsLeft
    return context.json({})
  })
  // A company that grows: more numbers of a messenger.
  app.post('/ui/connections', async context => {
    const { type, count } = newConnectionsSchema.parse(await context.req.json())
    const like = world.connections.find(connection => connection.type === type)
    if (!like) return context.json({ error: 'no such messenger' }, 404)
    for (let index = 1; index <= count; index++) {
      const name = `${type} no. ${index}`
      world.connections.push({ ...like, id: world.takeId(), name, state: 'in_subscription' })
    }
    return context.json({})
  })
  app.post('/ui/faults', async context => {
    const { once = [], seed, chances, lateMs } = faultsSchema.parse(await context.req.json())
    for (const fault of once) world.faults.once(fault)
    if (seed !== undefined && chances) world.faults.atRandom(seed, chances)
    if (lateMs !== undefined) world.lateMs = lateMs
    return context.json({})
  })
  app.post('/ui/switches', async context => {
    Object.assign(world.switches, switchesSchema.parse(await context.req.json()))
    return context.json({})
  })
  return { app, world, webhooks, calls }
}

/** What the page shows. */
function stateOf(world: RadistWorld) {
  return {
    connections: world.connections.filter(connection => connection.type !== 'amocrm'),
    reactions: Object.fromEntries(world.reactions),
    phones: PEOPLE.map(person => ({
      id: person.id,
      name: `${person.firstName} ${person.lastName}`,
      phone: person.phone,
      username: person.username,
      chats: world.chats
        .filter(chat => personOf(chat)?.id === person.id)
        .map(chat => ({ ...chat, connection: world.connection(chat.connectionId) })),
    })),
  }
}
export type PhonesState = ReturnType<typeof stateOf>

export async function startRadist(
  port: number,
): Promise<ReturnType<typeof createRadist> & { url: string; stop: () => void }> {
  const radist = createRadist()
  const { app, webhooks } = radist
  const server = await new Promise<ReturnType<typeof serve>>(resolve => {
    const listening = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, () =>
      resolve(listening),
    )
  })
  const address = server.address()
  const actual = address && typeof address === 'object' ? address.port : port
  return {
    ...radist,
    url: `http://localhost:${actual}`,
    stop: () => {
      webhooks.stop()
      server.close()
    },
  }
}

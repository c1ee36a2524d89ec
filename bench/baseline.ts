import { createSecretKey } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { parseHookBody } from '../api/form-body.ts'
import { verifyHookToken } from '../api/tokens.ts'
import { KommoClient } from '../integrations/kommo/client.ts'
import type { Credentials } from '../integrations/kommo/credentials.ts'
import type { Gate } from '../integrations/kommo/gate.ts'
import { RadistClient } from '../integrations/radist/client.ts'
import { parseWebhook } from '../integrations/radist/webhook.ts'

/**
 * The baseline: the same HTTP work as the product, reads of Kommo included, by the product's own parsers
 * and clients, so that what differs is the engine. Its engine is a Map and setTimeout: it stores nothing,
 * keeps no limits, and forgets everything when it dies.
 */
const url = process.env['OUTSIDE_URL'] ?? ''
const tokens = {
  clientId: 'bench',
  clientSecret: createSecretKey(process.env['KOMMO_CLIENT_SECRET'] ?? '', 'utf8'),
  audience: '',
  now: Date.now,
  accountOrigin: () => url,
}
const WAIT_MS = 60_000
const noLimiter = async () => false
const always = async () => true
const credentials: Credentials = {
  token: async id => ({
    kind: 'token',
    token: 't',
    subdomain: `bench-${id}`,
    hasProblem: false,
  }),
  renew: async () => ({ kind: 'disconnected' }),
  works: async () => undefined,
}
const openGate: Gate = { enter: async () => true, saw: () => undefined }
const kommo = new KommoClient(url, noLimiter, credentials, openGate)
const radist = new RadistClient(noLimiter, `${url}/v2`)
const waiting = new Map<string, (status: string) => void>()
/** Receipts that were faster than the answer to their send. */
const early = new Map<string, string>()
const app = new Hono()

app.get('/healthz', context => context.json({}))
app.post('/hooks/kommo/salesbot', async context => {
  const body = parseHookBody(context.req.header('content-type') ?? '', await context.req.text())
  const token = body && verifyHookToken(body.token, tokens)
  if (!body || !token) return context.json({}, 401)
  const { text } = JSON.parse(body.message) as { text: string }
  void cascade(token.accountId, token.entityId, body.returnUrl, text)
  return context.json({ result: 'started' })
})
app.post('/hooks/radist/:secret', async context => {
  const event = parseWebhook(await context.req.json(), Date.now())
  if (event?.type === 'receipt') {
    const run = waiting.get(event.messageId)
    if (run) run(event.status)
    else early.set(event.messageId, event.status)
  }
  return context.json({ result: 'stored' })
})

async function cascade(
  accountId: number,
  leadId: number,
  returnUrl: string,
  template: string,
): Promise<void> {
  const account = { id: accountId, subdomain: `bench-${accountId}` }
  const access = { accountId, key: 'k', url: `${url}/v2`, companyId: accountId }
  await kommo.lead(account, leadId)
  const contact = await kommo.contact(account, leadId)
  if (!contact.ok) return
  const value = String(contact.value.custom_fields_values?.[0]?.values[0]?.value)
  const text = template.replace('[Contact.Name]', contact.value.name ?? '')
  let status = 'fail'
  for (const connectionId of [accountId * 10 + 1, accountId * 10 + 2]) {
    const address = { kind: 'phone', value } as const
    const chat = await radist.createChat(access, connectionId, address, always)
    if (chat.kind !== 'accepted') continue
    const target = { connectionId, chatId: chat.value.chatId }
    const sent = await radist.send(access, target, { kind: 'text', text }, always)
    if (sent.kind !== 'accepted') continue
    if ((await receiptOf(sent.value.messageId)) !== 'delivered') continue
    status = 'success'
    break
  }
  await Promise.all([
    kommo.continueBot(account, returnUrl, { status }),
    kommo.addNote(account, { type: 'lead', id: leadId }, `The cascade ended: ${status}`),
  ])
}

function receiptOf(messageId: string): Promise<string> {
  return new Promise(resolve => {
    const known = early.get(messageId)
    early.delete(messageId)
    if (known) return resolve(known)
    const timer = setTimeout(() => resolve('silent'), WAIT_MS)
    waiting.set(messageId, status => {
      clearTimeout(timer)
      waiting.delete(messageId)
      resolve(status)
    })
  })
}

serve({ fetch: app.fetch, port: Number(process.env['PORT']), hostname: '127.0.0.1' })

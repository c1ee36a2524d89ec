import { createSecretKey } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { parseHookBody } from '../../api/form-body.ts'
import { verifyHookToken } from '../../api/tokens.ts'
import { KommoClient } from '../../integrations/kommo/client.ts'
import type { Credentials } from '../../integrations/kommo/credentials.ts'
import type { Gate } from '../../integrations/kommo/gate.ts'
import { RadistClient } from '../../integrations/radist/client.ts'
import { parseWebhook } from '../../integrations/radist/webhook.ts'

/**
 * A plain cascade on pg-boss, as one would write it from its documentation: a job for each step, in batches,
 * one table for what was sent, and a deadline as a job that starts later. The HTTP work, parsers and clients
 * are the product's own, as in the baseline. It is durable: a hook and a receipt are answered when their
 * job is stored. What it leaves out is the product's: limits, history, statistics, evidence for a send that
 * may have happened, one send at a time into a chat, round robin.
 */
const url = process.env['OUTSIDE_URL'] ?? ''
const tokens = {
  clientId: 'bench',
  clientSecret: createSecretKey(process.env['KOMMO_CLIENT_SECRET'] ?? '', 'utf8'),
  audience: '',
  now: Date.now,
  accountOrigin: () => url,
}
const WAIT_SECONDS = 60
const BATCH = 50
const noLimiter = async () => false
const always = async () => true
const credentials: Credentials = {
  token: async id => ({ kind: 'token', token: 't', subdomain: `bench-${id}`, hasProblem: false }),
  renew: async () => ({ kind: 'disconnected' }),
  works: async () => undefined,
}
const openGate: Gate = { enter: async () => true, saw: () => undefined }
const kommo = new KommoClient(url, noLimiter, credentials, openGate)
const radist = new RadistClient(noLimiter, `${url}/v2`)

type Start = { account: number; lead: number; returnUrl: string; text: string }
type Attempt = Start & { phone: string; text: string; connection: number }
type News = { message: string; status: string }
type End = Start & { status: string }

const connectionString = process.env['DATABASE_URL'] ?? ''
const pool = new pg.Pool({ connectionString, max: 10 })
const boss = new PgBoss({ connectionString, max: 10, schedule: false })
await boss.start()
await pool.query(`create table if not exists sent (
  message text primary key, attempt jsonb not null, status text)`)

/** Work for each job of a batch side by side; one that throws is tried again by pg-boss. */
async function work<Data>(queue: string, handle: (data: Data) => Promise<void>): Promise<void> {
  await boss.createQueue(queue, { retryLimit: 5 })
  const options = { batchSize: BATCH, pollingIntervalSeconds: 0.5, localConcurrency: 2 }
  await boss.work<Data, void>(queue, { ...options, burstWhenBatchFull: true }, async jobs => {
    await Promise.all(jobs.map(job => handle(job.data)))
  })
}

await work<Start>('start', async start => {
  const account = { id: start.account, subdomain: `bench-${start.account}` }
  await kommo.lead(account, start.lead)
  const contact = await kommo.contact(account, start.lead)
  if (!contact.ok) throw new Error('Kommo does not answer')
  const phone = String(contact.value.custom_fields_values?.[0]?.values[0]?.value)
  const text = start.text.replace('[Contact.Name]', contact.value.name ?? '')
  await boss.send('attempt', { ...start, text, phone, connection: 1 } satisfies Attempt)
})

await work<Attempt>('attempt', async attempt => {
  const { account, connection, phone, text } = attempt
  const access = { accountId: account, key: 'k', url: `${url}/v2`, companyId: account }
  const connectionId = account * 10 + connection
  const address = { kind: 'phone', value: phone } as const
  const chat = await radist.createChat(access, connectionId, address, always)
  if (chat.kind !== 'accepted') return fallThrough(attempt)
  const target = { connectionId, chatId: chat.value.chatId }
  const sent = await radist.send(access, target, { kind: 'text', text }, always)
  if (sent.kind !== 'accepted') return fallThrough(attempt)
  const { messageId } = sent.value
  await pool.query(
    `insert into sent (message, attempt) values ($1, $2)
     on conflict (message) do update set attempt = excluded.attempt`,
    [messageId, attempt],
  )
  const { rows } = await pool.query('select status from sent where message = $1', [messageId])
  const status = (rows[0] as { status: string | null } | undefined)?.status
  // A receipt that was faster than the answer to its send.
  if (status) await boss.send('news', { message: messageId, status })
  else await boss.send('deadline', { message: messageId }, { startAfter: WAIT_SECONDS })
})

await work<News>('news', async ({ message, status }) => {
  const { rows } = await pool.query(
    'update sent set status = $2 where message = $1 returning attempt',
    [message, status],
  )
  const attempt = (rows[0] as { attempt: Attempt | null } | undefined)?.attempt
  if (!attempt) return
  if (status === 'delivered') await boss.send('end', { ...attempt, status: 'success' })
  else await fallThrough(attempt)
})

await work<{ message: string }>('deadline', async ({ message }) => {
  const { rows } = await pool.query(
    `update sent set status = 'silent' where message = $1 and status is null returning attempt`,
    [message],
  )
  const attempt = (rows[0] as { attempt: Attempt } | undefined)?.attempt
  if (attempt) await fallThrough(attempt)
})

await work<End>('end', async ({ account: id, lead, returnUrl, status }) => {
  const account = { id, subdomain: `bench-${id}` }
  await Promise.all([
    kommo.continueBot(account, returnUrl, { status }),
    kommo.addNote(account, { type: 'lead', id: lead }, `The cascade ended: ${status}`),
  ])
})

async function fallThrough(attempt: Attempt): Promise<void> {
  if (attempt.connection < 2) await boss.send('attempt', { ...attempt, connection: 2 })
  else await boss.send('end', { ...attempt, status: 'fail' })
}

const app = new Hono()
app.get('/healthz', context => context.json({}))
app.post('/hooks/kommo/salesbot', async context => {
  const body = parseHookBody(context.req.header('content-type') ?? '', await context.req.text())
  const token = body && verifyHookToken(body.token, tokens)
  if (!body || !token) return context.json({}, 401)
  const { text } = JSON.parse(body.message) as { text: string }
  const { accountId: account, entityId: lead } = token
  await boss.send('start', { account, lead, returnUrl: body.returnUrl, text } satisfies Start)
  return context.json({ result: 'started' })
})
app.post('/hooks/radist/:secret', async context => {
  const event = parseWebhook(await context.req.json(), Date.now())
  if (event?.type === 'receipt') {
    const { messageId: message, status } = event
    const known = await pool.query('select 1 from sent where message = $1', [message])
    // One that is not known yet waits for the answer to its send.
    if (known.rowCount === 0) {
      await pool.query(
        `insert into sent (message, attempt, status) values ($1, 'null', $2)
         on conflict (message) do update set status = excluded.status`,
        [message, status],
      )
    }
    await boss.send('news', { message, status })
  }
  return context.json({ result: 'stored' })
})
serve({ fetch: app.fetch, port: Number(process.env['PORT']), hostname: '127.0.0.1' })

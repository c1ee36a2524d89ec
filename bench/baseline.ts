import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { request } from '../integrations/request.ts'

/**
 * The baseline: the same HTTP work as the product, reads of Kommo included, with a Map and setTimeout.
 * It verifies nothing, stores nothing, keeps no limits, and forgets everything when it dies.
 */
const outside = process.env['OUTSIDE_URL'] ?? ''
const WAIT_MS = 60_000
const runs = new Map<string, (status: string) => void>()
const app = new Hono()

app.get('/healthz', context => context.json({}))
app.post('/hooks/kommo/salesbot', async context => {
  const form = new URLSearchParams(await context.req.text())
  const returnUrl = form.get('return_url') ?? ''
  const message = JSON.parse(form.get('data[message]') ?? '{}') as { text: string }
  void cascade(returnUrl, Number(/\d+$/u.exec(returnUrl)?.[0]), message.text)
  return context.json({ result: 'started' })
})
app.post('/hooks/radist/:secret', async context => {
  const { event_type: name, event } = (await context.req.json()) as {
    event_type: string
    event: { message: { message_id: string } }
  }
  const status = /^messages\.delivery\.(\w+)$/u.exec(name)?.[1]
  if (status) runs.get(event.message.message_id)?.(status)
  return context.json({ result: 'stored' })
})

async function call(method: 'GET' | 'POST', path: string, json?: unknown): Promise<unknown> {
  const url = path.startsWith('http') ? path : `${outside}${path}`
  const headers = { authorization: 'Bearer t', accept: 'application/json' }
  const answer = await request(url, { method, headers, json, timeoutMs: 15_000 })
  return answer.kind === 'answer' ? answer.body : null
}

async function cascade(returnUrl: string, id: number, template: string): Promise<void> {
  const account = (id % 1000) + 1
  const api = `/v2/companies/${account}`
  await call('GET', `/api/v4/leads/${id}?with=contacts`)
  const contact = (await call('GET', `/api/v4/contacts/${id}`)) as {
    name: string
    custom_fields_values: { values: { value: string }[] }[]
  }
  const phone = contact.custom_fields_values[0]?.values[0]?.value
  const text = template.replace('[Contact.Name]', contact.name)
  let status = 'fail'
  for (const connection of [account * 10 + 1, account * 10 + 2]) {
    const chat = (await call('POST', `${api}/messaging/chats/`, {
      connection_id: connection,
      phone,
    })) as { chat_id: number }
    const sent = (await call('POST', `${api}/messaging/messages/`, {
      connection_id: connection,
      chat_id: chat.chat_id,
      mode: 'async',
      message_type: 'text',
      text: { text },
    })) as { message_id: string }
    const receipt = await new Promise<string>(resolve => {
      const timer = setTimeout(() => resolve('silent'), WAIT_MS)
      runs.set(sent.message_id, received => {
        clearTimeout(timer)
        resolve(received)
      })
    })
    runs.delete(sent.message_id)
    if (receipt !== 'delivered') continue
    status = 'success'
    break
  }
  await Promise.all([
    call('POST', returnUrl, { data: { status } }),
    call('POST', `/api/v4/leads/${id}/notes`, [{ note_type: 'common', params: { text: status } }]),
  ])
}

serve({ fetch: app.fetch, port: Number(process.env['PORT']), hostname: '127.0.0.1' })

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../e2e/support/until.ts'
import { startRadist } from './server.ts'

/** What Radist tells of messages, and that it tells it again (Radist and its peers 1.3). */
let radist: Awaited<ReturnType<typeof startRadist>>
let receiver: Server
let received: { event_type: string; event: { message: Record<string, unknown> } }[]
let status: number

beforeAll(async () => {
  radist = await startRadist(0)
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      response.statusCode = status
      if (status === 200) received.push(JSON.parse(body) as (typeof received)[number])
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const address = receiver.address()
  const port = address && typeof address === 'object' ? address.port : 0
  for (const { id } of radist.world.connections) {
    const events = ['messages.create', 'messages.delivery.delivered', 'messages.delivery.error']
    const url = `http://127.0.0.1:${port}/`
    radist.world.webhooks.push({ id: radist.world.takeId(), connectionId: id, url, events })
  }
})
afterAll(() => {
  radist.stop()
  receiver.close()
})
beforeEach(() => {
  received = []
  status = 200
  radist.world.reactions.clear()
})

const chat = () => radist.world.openChat(1, { phone: '+34612770315', username: null }).chat

async function send(text: string): Promise<number> {
  const company = `${radist.url}/v2/companies/${radist.world.companyId}`
  const answer = await fetch(`${company}/messaging/messages/`, {
    method: 'POST',
    headers: { 'x-api-key': radist.world.apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({
      connection_id: 1,
      chat_id: chat().id,
      message_type: 'text',
      text: { text },
    }),
  })
  return answer.status
}
const names = () => received.map(one => one.event_type)

describe('a message that was sent', () => {
  it('echoes, and is then delivered', async () => {
    expect(await send('one')).toBe(200)
    await until('the delivery', async () => received.length === 2)
    expect(names()).toEqual(['messages.create', 'messages.delivery.delivered'])
    expect(received[0]?.event.message).toMatchObject({
      direction: 'outbound',
      source_message_id: null,
      text: { text: 'one' },
    })
  })

  it('fails on a phone that refuses it', async () => {
    radist.world.reactions.set('1:whatsapp', 'fail')
    await send('two')
    await until('the error', async () => names().includes('messages.delivery.error'))
  })

  it('is told again until somebody takes it', async () => {
    status = 503
    await send('three')
    await until('a refused webhook', async () => radist.webhooks.log.some(one => !one.ok))
    status = 200
    await until('both webhooks', async () => received.length === 2)
    expect(names().toSorted()).toEqual(['messages.create', 'messages.delivery.delivered'])
  })
})

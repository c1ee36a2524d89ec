import { describe, expect, it } from 'vitest'
import { parseTime } from './answers.ts'
import { parseWebhook } from './webhook.ts'

const NOW = 1_700_000_000_000
const inbound = {
  event_type: 'messages.create',
  event: {
    connection_id: 80,
    chat_id: 40,
    contact_id: 32,
    chat: {
      phone: '34612770315',
      name: 'L',
      username: 'lucia',
      profile_link: 'https://t.me/lucia',
    },
    message: {
      message_id: 'm1',
      direction: 'inbound',
      message_type: 'text',
      created_at: '2026-03-01T10:00:00Z',
      text: { text: 'Hi' },
      source_message_id: null,
    },
  },
}

describe('a webhook', () => {
  it('of an inbound message is a message, with its chat’s addresses', () => {
    expect(parseWebhook(inbound, NOW)).toEqual({
      type: 'message',
      direction: 'inbound',
      byHand: false,
      chatId: 40,
      connectionId: 80,
      messageId: 'm1',
      kind: 'text',
      text: 'Hi',
      createdAt: Date.parse('2026-03-01T10:00:00Z'),
      phone: '34612770315',
      username: 'lucia',
    })
  })

  it.each(['delivered', 'read', 'error'])('of a delivery is a receipt: %s', status => {
    const nested = {
      event_type: `messages.delivery.${status}`,
      event: { message: { message_id: 7 } },
    }
    const flat = { event_type: `messages.delivery.${status}`, event: { message_id: '7' } }
    const receipt = { type: 'receipt', messageId: '7', status }
    expect(parseWebhook(nested, NOW)).toEqual(receipt)
    expect(parseWebhook(flat, NOW)).toEqual(receipt)
  })

  it('of an unknown kind is kept as its shape, and what is no webhook is nothing', () => {
    expect(parseWebhook({ event_type: 'connections.state', event: {} }, NOW)).toEqual({
      type: 'unknown',
      name: 'connections.state',
      shape: '{"event_type":"string","event":{}}',
    })
    for (const body of [null, [], 'x', {}, { event_type: 'messages.create' }]) {
      expect(parseWebhook(body, NOW)).toBeNull()
    }
  })
})

describe('a time', () => {
  it.each([
    '2026-03-01T10:00:00Z',
    '2026-03-01T10:00:00.000Z',
    '2026-03-01T10:00:00',
    '2026-03-01 12:00:00+02:00',
  ])('is read from %s', text => expect(parseTime(text)).toBe(Date.UTC(2026, 2, 1, 10)))
})

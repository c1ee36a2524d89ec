import { z } from 'zod'
import { shapeOf } from './shape.ts'
import { id, messageSchema, toMessage, type RadistMessage } from './messages.ts'

/**
 * Radist's webhook, read defensively: the delivery events' payload is not published, the natural
 * reading is the same envelope with `message.message_id`.
 */
export type RadistEvent =
  | { type: 'receipt'; messageId: string; status: 'delivered' | 'read' | 'error' }
  | ({
      type: 'message'
      chatId: number
      connectionId: number
      phone: string | null
      username: string | null
    } & RadistMessage)
  /** A kind that nobody knows yet: its name, and how it looks without what it says. */
  | { type: 'unknown'; name: string; shape: string }

const envelopeSchema = z.looseObject({
  event_type: z.string(),
  event: z.looseObject({
    connection_id: z.number().nullish(),
    chat_id: z.number().nullish(),
    message_id: id.nullish(),
    chat: z.looseObject({ phone: z.string().nullish(), username: z.string().nullish() }).nullish(),
    message: messageSchema.nullish(),
  }),
})

/** Names are ours to print: whatever else is in one stays out. */
function nameOf(written: string): string {
  return written.replaceAll(/[^\w.:-]/gu, '?').slice(0, 100)
}

/** @returns null for what is no Radist event at all */
export function parseWebhook(body: unknown, now: number): RadistEvent | null {
  const parsed = envelopeSchema.safeParse(body)
  if (!parsed.success) return null
  const { event_type: name, event } = parsed.data
  const unknown = { type: 'unknown', name: nameOf(name), shape: shapeOf(body) } as const
  const delivery = /^messages\.delivery\.(delivered|read|error)$/u.exec(name)?.[1]
  const messageId = event.message?.message_id ?? event.message_id
  if (delivery === 'delivered' || delivery === 'read' || delivery === 'error') {
    return messageId ? { type: 'receipt', messageId, status: delivery } : unknown
  }
  const { message, chat_id: chatId, connection_id: connectionId } = event
  if (name !== 'messages.create' || !message || chatId == null || connectionId == null) {
    return unknown
  }
  return {
    type: 'message',
    ...toMessage(message, now),
    chatId,
    connectionId,
    phone: event.chat?.phone ?? null,
    username: event.chat?.username ?? null,
  }
}

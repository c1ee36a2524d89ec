import { z } from 'zod'
import { parseTime } from './answers.ts'

/**
 * Radist's webhook, read defensively: the delivery events' payload is not published, the natural
 * reading is the same envelope with `message.message_id`.
 */
export type RadistEvent =
  | { type: 'receipt'; messageId: string; status: 'delivered' | 'read' | 'error' }
  | {
      type: 'message'
      direction: 'inbound' | 'outbound'
      /** Written in the messenger's own app, not sent through the API. */
      byHand: boolean
      chatId: number
      connectionId: number
      messageId: string
      kind: string
      text: string
      createdAt: number
      phone: string | null
      username: string | null
    }
  | { type: 'unknown'; name: string }

const id = z.union([z.string(), z.number()]).transform(String)
const messageSchema = z.looseObject({
  message_id: id,
  direction: z.string().nullish(),
  message_type: z.string().nullish(),
  created_at: z.string().nullish(),
  source_message_id: z.unknown().nullish(),
  text: z.looseObject({ text: z.string().nullish() }).nullish(),
})
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

/** @returns null for what is no Radist event at all */
export function parseWebhook(body: unknown, now: number): RadistEvent | null {
  const parsed = envelopeSchema.safeParse(body)
  if (!parsed.success) return null
  const { event_type: name, event } = parsed.data
  const delivery = /^messages\.delivery\.(delivered|read|error)$/u.exec(name)?.[1]
  const messageId = event.message?.message_id ?? event.message_id
  if (delivery === 'delivered' || delivery === 'read' || delivery === 'error') {
    return messageId ? { type: 'receipt', messageId, status: delivery } : { type: 'unknown', name }
  }
  const { message, chat_id: chatId, connection_id: connectionId } = event
  if (name !== 'messages.create' || !message || chatId == null || connectionId == null) {
    return { type: 'unknown', name }
  }
  const kind = message.message_type ?? 'text'
  return {
    type: 'message',
    direction: message.direction === 'outbound' ? 'outbound' : 'inbound',
    byHand: message.source_message_id != null,
    chatId,
    connectionId,
    messageId: message.message_id,
    kind,
    text: message.text?.text ?? captionOf(message[kind]),
    createdAt: parseTime(message.created_at) ?? now,
    phone: event.chat?.phone ?? null,
    username: event.chat?.username ?? null,
  }
}

function captionOf(content: unknown): string {
  const parsed = z.looseObject({ caption: z.string().nullish() }).safeParse(content)
  return (parsed.success && parsed.data.caption) || ''
}

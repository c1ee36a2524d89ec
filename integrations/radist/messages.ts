import { z } from 'zod'
import { parseTime } from './answers.ts'

export type RadistMessage = {
  direction: 'inbound' | 'outbound'
  /** Written in the messenger's own app, not sent through the API. */
  byHand: boolean
  messageId: string
  kind: string
  /** The text, or the caption of an image or file. */
  text: string
  createdAt: number
}

export const id = z.union([z.string(), z.number()]).transform(String)
export const messageSchema = z.looseObject({
  message_id: id,
  direction: z.string().nullish(),
  message_type: z.string().nullish(),
  created_at: z.string().nullish(),
  source_message_id: z.unknown().nullish(),
  text: z.looseObject({ text: z.string().nullish() }).nullish(),
})

/** A message as Radist's webhooks and its list of a chat show it. */
export function toMessage(message: z.infer<typeof messageSchema>, now: number): RadistMessage {
  const kind = message.message_type ?? 'text'
  return {
    direction: message.direction === 'outbound' ? 'outbound' : 'inbound',
    byHand: message.source_message_id != null,
    messageId: message.message_id,
    kind,
    text: message.text?.text ?? captionOf(message[kind]),
    createdAt: parseTime(message.created_at) ?? now,
  }
}

/** Radist's list of a chat is a bare array; one message that cannot be read does not hide the others. */
export function parseMessages(body: unknown): RadistMessage[] {
  return z
    .array(z.unknown())
    .parse(body)
    .flatMap(entry => {
      const parsed = messageSchema.safeParse(entry)
      return parsed.success ? [toMessage(parsed.data, 0)] : []
    })
}

function captionOf(content: unknown): string {
  const parsed = z.looseObject({ caption: z.string().nullish() }).safeParse(content)
  return (parsed.success && parsed.data.caption) || ''
}

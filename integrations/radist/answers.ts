import { z } from 'zod'
import type { ConnectionState } from '../../contracts/cascade.ts'
import type { AddressKind } from '../../contracts/messengers.ts'
import { toldStateOf } from './known-errors.ts'

/** Radist's answers as far as they are known; unknown fields are read liberally. */
const connectionSchema = z.looseObject({
  id: z.number(),
  type: z.string(),
  name: z.string().nullish(),
  title: z.string().nullish(),
  phone: z.string().nullish(),
  username: z.string().nullish(),
})

export type RadistConnection = {
  connectionId: number
  type: string
  name: string
  /** null: Radist does not say. */
  state: ConnectionState | null
}

export function parseConnections(body: unknown): RadistConnection[] {
  const { connections } = z.object({ connections: z.array(connectionSchema) }).parse(body)
  return connections.map(connection => ({
    connectionId: connection.id,
    type: connection.type,
    name:
      [connection.name, connection.title, connection.phone, connection.username].find(Boolean) ??
      `#${connection.id}`,
    state: toldStateOf(connection),
  }))
}

/**
 * A source says how chats are created through it; the field's name is not published. Any list that
 * holds "phone" or "username" is taken for it, and any flag so named; null when nothing says so.
 */
export function parseSources(body: unknown) {
  const sources = z
    .array(z.looseObject({ connection_id: z.number(), type: z.string() }))
    .parse(body)
  return sources.map(source => ({
    connectionId: source.connection_id,
    type: source.type,
    newChatBy: newChatByOf(source),
  }))
}

function newChatByOf(source: Record<string, unknown>): AddressKind[] | null {
  const kinds = new Set<AddressKind>()
  let said = false
  for (const [key, value] of Object.entries(source)) {
    const kindOfKey = kindOf(key)
    if (
      Array.isArray(value) &&
      (value.length === 0 ? /create|by/u.test(key) : value.some(kindOf))
    ) {
      said = true
      for (const word of value) {
        const kind = kindOf(word)
        if (kind) kinds.add(kind)
      }
    } else if (typeof value === 'boolean' && kindOfKey) {
      said = true
      if (value) kinds.add(kindOfKey)
    }
  }
  return said ? [...kinds] : null
}

function kindOf(word: unknown): AddressKind | null {
  if (typeof word !== 'string') return null
  if (/user_?name/iu.test(word)) return 'username'
  return /phone/iu.test(word) ? 'phone' : null
}

export type RadistWebhook = { id: string; connectionId: number | null; url: string }

const webhooksSchema = z.array(
  z.looseObject({
    id: z.coerce.string(),
    connection_id: z.number().nullish(),
    url: z.string(),
  }),
)

/** The list's shape is not published: a bare array, or one under whatever name. */
export function parseWebhooks(body: unknown): RadistWebhook[] {
  const list = Array.isArray(body)
    ? body
    : Object.values(z.record(z.string(), z.unknown()).parse(body)).find(Array.isArray)
  return webhooksSchema.parse(list).map(({ id, connection_id: connectionId, url }) => ({
    id,
    connectionId: connectionId ?? null,
    url,
  }))
}

export type RadistChat = {
  chatId: number
  connectionId: number
  phone: string | null
  username: string | null
  lastActiveAt: number
}

const chatsPageSchema = z.object({
  data: z.array(
    z.looseObject({
      is_group: z.boolean().nullish(),
      last_chat_updated_at: z.string().nullish(),
      chats: z
        .array(
          z.looseObject({
            chat_id: z.number(),
            connection_id: z.number(),
            phone: z.string().nullish(),
            username: z.string().nullish(),
            source_chat_id: z.string().nullish(),
            last_message: z.looseObject({ created_at: z.string().nullish() }).nullish(),
          }),
        )
        .nullish(),
    }),
  ),
  response_metadata: z.looseObject({ next_cursor: z.string().nullish() }).nullish(),
})

/** One page of chats with their contacts, without groups. Phones and usernames are as Radist has them. */
export function parseChatsPage(body: unknown): { chats: RadistChat[]; nextCursor: string | null } {
  const page = chatsPageSchema.parse(body)
  const chats = page.data
    .filter(contact => contact.is_group !== true)
    .flatMap(contact =>
      (contact.chats ?? []).map(chat => ({
        chatId: chat.chat_id,
        connectionId: chat.connection_id,
        phone: chat.phone ?? chat.source_chat_id ?? null,
        username: chat.username ?? null,
        lastActiveAt: parseTime(chat.last_message?.created_at ?? contact.last_chat_updated_at) ?? 0,
      })),
    )
  return { chats, nextCursor: page.response_metadata?.next_cursor || null }
}

/** Radist's times come with and without fractions, and perhaps without an offset: then they are UTC. */
export function parseTime(text: string | null | undefined): number | null {
  if (!text) return null
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/iu.test(text) ? text : `${text}Z`
  const at = Date.parse(zoned.replace(' ', 'T'))
  return Number.isNaN(at) ? null : at
}

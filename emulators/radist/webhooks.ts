import { randomUUID } from 'node:crypto'
import type { EmulatedChat, EmulatedMessage, EmulatedWebhook, RadistWorld } from './world.ts'

/** Radist counts a failure when no answer came within these; it repeats later. */
const ANSWER_MS = 3000
const REPEAT_FIRST_MS = 500
const REPEAT_MAX_MS = 5000
const REPEAT_FOR_MS = 10 * 60_000

export type WebhookName =
  | 'messages.create'
  | 'messages.delivery.delivered'
  | 'messages.delivery.read'
  | 'messages.delivery.error'

/** Sends webhooks, and repeats what was not answered with 200. */
export class WebhookSender {
  /** `direction` and `chatId` are of the message that it is about. */
  readonly log: {
    at: string
    event: string
    messageId: string
    chatId: number
    direction: string
    attempt: number
    ok: boolean
  }[] = []
  private readonly world: RadistWorld
  private stopped = false

  constructor(world: RadistWorld) {
    this.world = world
  }

  /** Resolves when everyone has taken it, or Radist has given up. */
  async send(name: WebhookName, chat: EmulatedChat, message: EmulatedMessage): Promise<void> {
    const subscribers = this.world.webhooks.filter(
      webhook => webhook.connectionId === chat.connectionId && webhook.events.includes(name),
    )
    const { faults } = this.world
    const copies = [message]
    if (faults.strikes('webhook_twice')) copies.push(message)
    if (name === 'messages.create' && faults.strikes('webhook_twice_new_id')) {
      copies.push({ ...message, id: randomUUID() })
    }
    await Promise.all(
      subscribers.flatMap(webhook => copies.map(copy => this.deliver(webhook, name, chat, copy))),
    )
  }

  stop(): void {
    this.stopped = true
  }

  private async deliver(
    webhook: EmulatedWebhook,
    event: WebhookName,
    chat: EmulatedChat,
    message: EmulatedMessage,
  ): Promise<void> {
    const body = bodyOf(this.world, event, chat, message)
    const { id: messageId, direction } = message
    const startedAt = Date.now()
    for (let attempt = 1; !this.stopped && Date.now() - startedAt < REPEAT_FOR_MS; attempt++) {
      const ok = await post(webhook.url, body)
      const at = new Date().toISOString()
      this.log.push({ at, event, messageId, chatId: chat.id, direction, attempt, ok })
      if (ok || !this.world.webhooks.includes(webhook)) return
      const waitMs = Math.min(REPEAT_MAX_MS, REPEAT_FIRST_MS * 2 ** (attempt - 1))
      await new Promise(resolve => {
        setTimeout(resolve, waitMs).unref()
      })
    }
  }
}

async function post(url: string, body: unknown): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    return response.status === 200
  } catch {
    return false
  }
}

/** The envelope of messages.create is known; the delivery events' is its natural reading. */
function bodyOf(
  world: RadistWorld,
  name: WebhookName,
  chat: EmulatedChat,
  message: EmulatedMessage,
): unknown {
  return {
    event_type: name,
    event: {
      connection_id: chat.connectionId,
      chat_id: chat.id,
      contact_id: chat.contactId,
      chat: { phone: chat.phone, name: '', username: chat.username, profile_link: null },
      message: {
        ...messageJson(world, message),
        source_message_id: message.direction === 'inbound' ? `native-${message.id}` : null,
        ...(name === 'messages.delivery.error' ? { error: 'Delivery error' } : {}),
      },
    },
  }
}

export function messageJson(world: Pick<RadistWorld, 'switches'>, message: EmulatedMessage) {
  return {
    message_id: message.id,
    direction: message.direction,
    message_type: message.type,
    created_at:
      world.switches.times === 'zoned'
        ? message.createdAt
        : message.createdAt.replace(/\.\d+Z$|Z$/u, ''),
    ...(message.type === 'text'
      ? { text: { text: message.text } }
      : { [message.type]: { name: message.media?.name, caption: message.text, url: null } }),
  }
}

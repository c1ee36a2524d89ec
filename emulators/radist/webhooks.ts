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
  readonly log: { at: string; event: string; messageId: string; attempt: number; ok: boolean }[] =
    []
  private readonly world: RadistWorld
  private stopped = false

  constructor(world: RadistWorld) {
    this.world = world
  }

  send(name: WebhookName, chat: EmulatedChat, message: EmulatedMessage): void {
    const subscribers = this.world.webhooks.filter(
      webhook => webhook.connectionId === chat.connectionId && webhook.events.includes(name),
    )
    for (const webhook of subscribers)
      void this.deliver(webhook, name, message.id, bodyOf(name, chat, message))
  }

  stop(): void {
    this.stopped = true
  }

  private async deliver(
    webhook: EmulatedWebhook,
    event: string,
    messageId: string,
    body: unknown,
  ): Promise<void> {
    const startedAt = Date.now()
    for (let attempt = 1; !this.stopped && Date.now() - startedAt < REPEAT_FOR_MS; attempt++) {
      const ok = await post(webhook.url, body)
      this.log.push({ at: new Date().toISOString(), event, messageId, attempt, ok })
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
function bodyOf(name: WebhookName, chat: EmulatedChat, message: EmulatedMessage): unknown {
  return {
    event_type: name,
    event: {
      connection_id: chat.connectionId,
      chat_id: chat.id,
      contact_id: chat.contactId,
      chat: { phone: chat.phone, name: '', username: chat.username, profile_link: null },
      message: {
        ...messageJson(message),
        source_message_id: message.direction === 'inbound' ? `native-${message.id}` : null,
        ...(name === 'messages.delivery.error' ? { error: 'Delivery error' } : {}),
      },
    },
  }
}

export function messageJson(message: EmulatedMessage) {
  return {
    message_id: message.id,
    direction: message.direction,
    message_type: message.type,
    created_at: message.createdAt,
    ...(message.type === 'text'
      ? { text: { text: message.text } }
      : { [message.type]: { name: message.media?.name, caption: message.text, url: null } }),
  }
}

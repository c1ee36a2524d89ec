import { randomUUID } from 'node:crypto'
import type { WebhookSender } from './webhooks.ts'
import type { EmulatedChat, EmulatedMessage, RadistWorld } from './world.ts'

const REACTION_MS = 250

/** The people's phones: what a message does once it was sent to one. */
export class Phones {
  private readonly world: RadistWorld
  private readonly webhooks: WebhookSender

  constructor(world: RadistWorld, webhooks: WebhookSender) {
    this.world = world
    this.webhooks = webhooks
  }

  /** A message that our API took: it echoes, then the phone reacts. */
  receive(chat: EmulatedChat, message: EmulatedMessage): void {
    chat.messages.push(message)
    this.webhooks.send('messages.create', chat, message)
    const reaction = this.world.reactionOf(chat)
    if (reaction === 'silent') return
    setTimeout(() => {
      if (reaction === 'fail' || reaction === 'not_registered')
        this.setStatus(chat, message, 'error')
      else this.setStatus(chat, message, 'delivered')
      if (reaction === 'read') this.setStatus(chat, message, 'read')
    }, REACTION_MS).unref()
  }

  setStatus(
    chat: EmulatedChat,
    message: EmulatedMessage,
    status: 'delivered' | 'read' | 'error',
  ): void {
    message.status = status
    this.webhooks.send(`messages.delivery.${status}`, chat, message)
  }

  /** The person writes back. */
  reply(chat: EmulatedChat, text: string): void {
    const message: EmulatedMessage = {
      id: randomUUID(),
      direction: 'inbound',
      type: 'text',
      text,
      media: null,
      createdAt: new Date().toISOString(),
      status: 'delivered',
    }
    chat.messages.push(message)
    this.webhooks.send('messages.create', chat, message)
  }
}

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

  /**
   * A message that the API took: it echoes, then the phone reacts. Resolves when the phone has reacted
   * and whoever listens has heard of it.
   */
  async receive(chat: EmulatedChat, message: EmulatedMessage): Promise<void> {
    const { faults } = this.world
    chat.messages.push(message)
    if (!faults.strikes('no_echo')) void this.webhooks.send('messages.create', chat, message)
    const reaction = faults.strikes('delivery_error') ? 'fail' : this.world.reactionOf(chat)
    if (reaction === 'silent' || faults.strikes('no_receipt')) return
    const afterMs = faults.strikes('late_receipt') ? this.world.lateMs : REACTION_MS
    const isSwapped = faults.strikes('read_before_delivered')
    await new Promise<void>(resolve => {
      setTimeout(resolve, afterMs).unref()
    })
    if (reaction === 'fail' || reaction === 'not_registered') {
      return this.setStatus(chat, message, 'error')
    }
    if (isSwapped) await this.setStatus(chat, message, 'read')
    await this.setStatus(chat, message, 'delivered')
    if (reaction === 'read') await this.setStatus(chat, message, 'read')
  }

  setStatus(
    chat: EmulatedChat,
    message: EmulatedMessage,
    status: 'delivered' | 'read' | 'error',
  ): Promise<void> {
    message.status = status
    return this.webhooks.send(`messages.delivery.${status}`, chat, message)
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
    void this.webhooks.send('messages.create', chat, message)
  }
}

import { PEOPLE, phoneKey } from '../shared/people.ts'
import { Faults } from './faults.ts'

/**
 * The emulated Radist company: its connections, and the phones of the people that can be written to.
 * Facts: Radist and its peers, section 1. What Radist leaves open is a switch.
 */
type ConnectionState = 'in_subscription' | 'not_in_subscription' | 'unpaid' | 'logged_out'
export type EmulatedConnection = {
  id: number
  type: string
  name: string
  state: ConnectionState
  /** How new chats are created through it. */
  newChatBy: ('phone' | 'username')[]
  /** Outgoing dialogs that its plan still allows this month; absent: as many as wanted. */
  newDialogsLeft?: number
}

/** What a phone does with a message that comes over a messenger. */
export type Reaction = 'deliver' | 'read' | 'silent' | 'fail' | 'not_registered'

type MessageStatus = 'sent' | 'delivered' | 'read' | 'error'
export type EmulatedMessage = {
  id: string
  direction: 'inbound' | 'outbound'
  type: string
  text: string
  media: { name: string; contentType: string; size: number; mediaId: string } | null
  createdAt: string
  status: MessageStatus
}
export type EmulatedChat = {
  id: number
  contactId: number
  connectionId: number
  phone: string | null
  username: string | null
  messages: EmulatedMessage[]
  /** Sending into it is blocked. */
  isBlacklisted?: boolean
}
/** A send as the history checker needs it: what came, and what was made of it. */
export type SendRecord = {
  at: number
  connectionId: number
  chatId: number
  content: string
  taken: 'taken' | 'unsent' | 'refused' | 'busy'
  messageId: string | null
}

/** What is not known of the API's surface. */
export type Switches = {
  /** Whether paths are served with and without their last slash, or only with it. */
  slash: 'both' | 'required' | 'redirected'
  /** The host that serves this company (`host:port`); the twin answers 404. null: both do. */
  servedHost: string | null
  /** Whether a connection keeps several subscriptions, or a new one takes the place of the others. */
  webhooks: 'many' | 'displace'
  /** The list of subscriptions: under a name, or bare. */
  webhookList: 'named' | 'bare'
  /** Whether a connection's object says how it is. */
  connectionState: 'told' | 'untold'
  /** How a source says by what chats can be created: a list, flags, or not at all. */
  newChatBy: 'list' | 'flags' | 'untold'
  /** How times are written. */
  times: 'zoned' | 'naive'
  /** The body of an error: JSON, or a page. */
  errorBody: 'json' | 'html'
}
export type EmulatedWebhook = { id: number; connectionId: number; url: string; events: string[] }

export class RadistWorld {
  readonly companyId = 501
  readonly apiKey = 'demo-radist-key'
  readonly connections: EmulatedConnection[] = [
    {
      id: 1,
      type: 'whatsapp',
      name: '+34 612 40 18 22',
      state: 'in_subscription',
      newChatBy: ['phone'],
    },
    {
      id: 2,
      type: 'whatsapp',
      name: '+34 612 40 18 23',
      state: 'in_subscription',
      newChatBy: ['phone'],
    },
    {
      id: 3,
      type: 'telegram_personal',
      name: '@flowers_madrid',
      state: 'in_subscription',
      newChatBy: ['phone', 'username'],
    },
    {
      id: 4,
      type: 'telegram_personal',
      name: '@flowers_madrid_2',
      state: 'in_subscription',
      newChatBy: ['phone', 'username'],
    },
    {
      id: 5,
      type: 'max_personal',
      name: '+34 612 40 18 31',
      state: 'in_subscription',
      newChatBy: ['phone'],
    },
    { id: 6, type: 'waba', name: '+34 688 01 55 90', state: 'unpaid', newChatBy: ['phone'] },
    { id: 7, type: 'amocrm', name: 'Kommo', state: 'in_subscription', newChatBy: [] },
  ]
  readonly chats: EmulatedChat[] = []
  readonly webhooks: EmulatedWebhook[] = []
  /** By messenger; a person's own reaction goes before. */
  readonly reactions = new Map<string, Reaction>()
  readonly faults = new Faults()
  readonly sends: SendRecord[] = []
  readonly switches: Switches = {
    slash: 'both',
    servedHost: null,
    webhooks: 'many',
    webhookList: 'named',
    connectionState: 'told',
    newChatBy: 'list',
    times: 'zoned',
    errorBody: 'json',
  }
  /** How late a late receipt comes. */
  lateMs = 70_000
  readonly media = new Map<string, { bytes: Uint8Array; contentType: string }>()
  private nextId = 1000

  constructor() {
    // A few people wrote before: their chats exist.
    for (const personId of [2, 8]) {
      const person = PEOPLE[personId - 1]
      if (person) this.openChat(3, { phone: person.phone, username: null })
    }
  }

  takeId(): number {
    this.nextId += 1
    return this.nextId
  }

  connection(id: number): EmulatedConnection | undefined {
    return this.connections.find(connection => connection.id === id)
  }

  chat(id: number): EmulatedChat | undefined {
    return this.chats.find(chat => chat.id === id)
  }

  /** Get-or-create: a new connection and the same person make a new chat of the same contact. */
  openChat(
    connectionId: number,
    address: { phone: string | null; username: string | null },
  ): { chat: EmulatedChat; createdChat: boolean; createdContact: boolean } {
    const same = (chat: EmulatedChat) =>
      (address.phone !== null &&
        chat.phone !== null &&
        phoneKey(chat.phone) === phoneKey(address.phone)) ||
      (address.username !== null && chat.username === address.username.toLowerCase())
    const existing = this.chats.find(chat => chat.connectionId === connectionId && same(chat))
    if (existing) return { chat: existing, createdChat: false, createdContact: false }
    const contact = this.chats.find(same)?.contactId
    const chat: EmulatedChat = {
      id: this.takeId(),
      contactId: contact ?? this.takeId(),
      connectionId,
      phone: address.phone && address.phone.replaceAll(/\D/gu, ''),
      username: address.username && address.username.replace(/^@/u, '').toLowerCase(),
      messages: [],
    }
    this.chats.push(chat)
    return { chat, createdChat: true, createdContact: contact === undefined }
  }

  reactionOf(chat: EmulatedChat): Reaction {
    const type = this.connection(chat.connectionId)?.type ?? ''
    const person = personOf(chat)
    return (
      (person && this.reactions.get(`${person.id}:${type}`)) ??
      this.reactions.get(type) ??
      'deliver'
    )
  }
}

/** Whose phone a chat is on. */
export function personOf(address: { phone: string | null; username: string | null }) {
  return PEOPLE.find(
    person =>
      (address.phone !== null &&
        person.phone !== null &&
        phoneKey(person.phone) === phoneKey(address.phone)) ||
      (address.username !== null &&
        person.username?.replace(/^@/u, '').toLowerCase() === address.username),
  )
}

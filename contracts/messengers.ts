/**
 * What is known of the messengers that Radist connects, by its connection `type`. Types seen in use:
 * whatsapp, waba, telegram_personal, max_personal; the others are assumed (reference: Radist API 1.2).
 * A type that is not listed still works, by what `sources` says of it.
 */
export type AddressKind = 'phone' | 'username'
export type MessengerFacts = {
  name: string
  /** How a new chat is addressed when `sources` does not say. */
  newChatBy: readonly AddressKind[]
  /** Free text may be the first message to a person. */
  canWriteFirst: boolean
  /** Largest image and file in bytes, where smaller than ours. */
  imageMaxBytes?: number
  fileMaxBytes?: number
}

const MB = 1024 * 1024
const MESSENGERS: Readonly<Record<string, MessengerFacts>> = {
  whatsapp: { name: 'WhatsApp', newChatBy: ['phone'], canWriteFirst: true },
  waba: {
    name: 'WhatsApp Business API',
    newChatBy: ['phone'],
    canWriteFirst: false,
    imageMaxBytes: 5 * MB,
  },
  telegram_personal: { name: 'Telegram', newChatBy: ['phone', 'username'], canWriteFirst: true },
  telegram_bot: {
    name: 'Telegram Bot',
    newChatBy: [],
    canWriteFirst: false,
    fileMaxBytes: 50 * MB,
  },
  max_personal: { name: 'MAX', newChatBy: ['phone'], canWriteFirst: true },
  vk: { name: 'VK', newChatBy: [], canWriteFirst: false },
  avito: { name: 'Avito', newChatBy: [], canWriteFirst: false },
  instagram: { name: 'Instagram', newChatBy: [], canWriteFirst: false },
}

/** The order in which the messengers of a new account join its cascade. */
export const FIRST_ORDER = ['whatsapp', 'telegram_personal', 'max_personal'] as const

export function messengerFacts(type: string): MessengerFacts {
  return MESSENGERS[type] ?? { name: titleOf(type), newChatBy: ['phone'], canWriteFirst: true }
}

/** Connection types that are CRMs or services, not messengers. */
export function isMessenger(type: string): boolean {
  return !['amocrm', 'kommo', 'bitrix', 'bitrix24', 'tinkoff', 'yclients', 'altegio'].includes(type)
}

function titleOf(type: string): string {
  return type
    .split('_')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}

import type { NotDeliveredReason } from '../contracts/history.ts'
import { parseTemplate, fillMasks } from '../contracts/masks.ts'
import { MESSAGE_MAX_CHARACTERS, parseMessage, type Message } from '../contracts/message.ts'
import { messengerFacts } from '../contracts/messengers.ts'
import { addressesOf } from '../integrations/kommo/addresses.ts'
import type { KommoAccess, KommoFailure, KommoResult } from '../integrations/kommo/client.ts'
import type { Contact, Lead } from '../integrations/kommo/entities.ts'
import { mainContactId, readMaskSources } from '../integrations/kommo/mask-sources.ts'
import { maskValue, type MaskSources } from '../integrations/kommo/mask-values.ts'
import type { Account } from '../storage/accounts.ts'
import { readCascade, type CascadeMessenger, type Connection } from '../storage/cascades.ts'
import { findChats } from '../storage/chats.ts'
import { findFile } from '../storage/files.ts'
import type { RunSubject } from '../storage/run-row.ts'
import type { RunEvent } from './core/events.ts'
import type { Gathered, Part, Step, Who } from './core/run.ts'
import type { Services } from './services.ts'

/** Longer texts do not fit as an image's caption. */
const CAPTION_MAX_CHARACTERS = 1024
/** Official WhatsApp takes free text only this long after the person wrote. */
const WABA_WINDOW_MS = 24 * 3600_000

/**
 * Reads everything that the first attempt needs: who, what, which chat, which cascade. Changes nothing.
 * @param account with `asUserId`, what that person may not see is not there
 */
export async function gather(
  services: Services,
  account: Account & Pick<KommoAccess, 'asUserId'>,
  subject: Pick<RunSubject, 'entity' | 'message'>,
): Promise<Extract<RunEvent, { type: 'gathered' | 'gathering_failed' | 'put_off' }>> {
  const parsed = parseMessage(subject.message)
  if (!parsed.ok) return failed(parsed.problem === 'empty' ? 'message_empty' : 'message_invalid')
  if (!account.radist) return failed('radist_disconnected')

  const read = await readSources(services, account, subject, parsed.message)
  if (!read.ok) return read.event
  const { sources, contact } = read

  const who = {
    contactId: contact.id,
    contactName: contact.name ?? '',
    leadName: sources.lead?.name ?? '',
  }
  const addresses = addressesOf(contact, account)
  if (addresses.phones.length + addresses.usernames.length === 0) return failed('no_address', who)
  const filled = fillMasks(parsed.message.text, mask => maskValue(mask, sources))
  const parts = await partsOf(services, account.id, filled.text, parsed.message)
  if (!parts.ok) return failed(parts.reason, who)

  const cascade = await readCascade(services.database, account.id)
  const gathered: Gathered = {
    ...who,
    ...addresses,
    parts: parts.parts,
    warnings: filled.warnings,
    existingChat: await existingChat(services, account, addresses, cascade),
    steps: cascade.map(messenger => stepOf(messenger, services.settings.deliveryWaitSeconds)),
  }
  return { type: 'gathered', gathered }
}

function failed(reason: NotDeliveredReason, who?: Who): GatheringFailed {
  return { type: 'gathering_failed', reason, ...(who ? { who } : {}) }
}

type GatheringFailed = Extract<RunEvent, { type: 'gathering_failed' | 'put_off' }>
type Read<T> = { ok: true; value: T } | { ok: false; event: GatheringFailed }

/** What a failure of Kommo's means when the run cannot do without the answer. */
function needed<T>(result: KommoResult<T>, notFound: NotDeliveredReason): Read<T> {
  return result.ok ? result : { ok: false, event: eventOf(result.failure, notFound) }
}

function eventOf(failure: KommoFailure, notFound: NotDeliveredReason): GatheringFailed {
  switch (failure.code) {
    case 'unavailable':
      return { type: 'put_off', cause: 'unavailable', retryAfterMs: failure.retryAfterMs }
    case 'not_found':
      return failed(notFound)
    case 'disconnected':
      return failed('kommo_disconnected')
    case 'refused':
      return failed('kommo_unavailable')
    default:
      return failure satisfies never
  }
}

async function readSources(
  { kommo }: Services,
  account: Account,
  subject: Pick<RunSubject, 'entity'>,
  message: Message,
): Promise<
  { ok: true; sources: MaskSources; contact: Contact } | { ok: false; event: GatheringFailed }
> {
  let lead: Lead | null = null
  let contactId = subject.entity.id
  if (subject.entity.type === 'lead') {
    const result = needed(await kommo.lead(account, subject.entity.id), 'entity_not_found')
    if (!result.ok) return result
    lead = result.value
    const main = mainContactId(lead)
    if (main === undefined) return { ok: false, event: failed('no_contact') }
    contactId = main
  }
  const contact = needed(await kommo.contact(account, contactId), 'no_contact')
  if (!contact.ok) return contact

  const masks = parseTemplate(message.text).flatMap(part =>
    part.kind === 'mask' ? [part.mask] : [],
  )
  const read = await readMaskSources(kommo, account, { lead, contact: contact.value }, masks)
  return read.ok
    ? { ok: true, sources: read.sources, contact: contact.value }
    : { ok: false, event: eventOf(read.failure, 'kommo_unavailable') }
}

/** An image takes the text as its caption where it fits; else the text goes first, then the file. */
async function partsOf(
  { database }: Services,
  accountId: number,
  text: string,
  message: Message,
): Promise<{ ok: true; parts: Part[] } | { ok: false; reason: NotDeliveredReason }> {
  if (text.length > MESSAGE_MAX_CHARACTERS) return { ok: false, reason: 'message_too_long' }
  const hasText = text.trim() !== ''
  if (!message.file) {
    if (!hasText) return { ok: false, reason: 'message_empty' }
    return { ok: true, parts: [{ kind: 'text', text }] }
  }
  // The stored row decides what the file is; `data` is not signed.
  const file = await findFile(database, accountId, message.file.id)
  if (file?.state !== 'ready') return { ok: false, reason: 'file_missing' }
  const fits = file.kind === 'image' && text.length <= CAPTION_MAX_CHARACTERS
  const filePart: Part = {
    kind: file.kind,
    fileId: file.id,
    name: file.name,
    size: file.size,
    caption: fits && hasText ? text : '',
  }
  return {
    ok: true,
    parts: hasText && !fits ? [{ kind: 'text', text }, filePart] : [filePart],
  }
}

/** Rule "existing chat": the latest active one over a connection that can send, whatever the cascade. */
async function existingChat(
  { database, clock }: Services,
  account: Account,
  addresses: { phones: string[]; usernames: string[] },
  cascade: readonly CascadeMessenger[],
): Promise<Gathered['existingChat']> {
  const connections = cascade.flatMap(messenger => messenger.connections)
  for (const chat of await findChats(database, account.id, addresses)) {
    const connection = connections.find(one => one.connectionId === chat.connectionId)
    if (!connection || !canSend(connection, clock.now())) continue
    const inWindow = clock.now() - (chat.lastInboundAt ?? 0) < WABA_WINDOW_MS
    if (connection.messenger === 'waba' && !inWindow) continue
    const { chatId, connectionId } = chat
    return { chatId, connectionId, messenger: connection.messenger }
  }
  return account.chatsSyncedAt === null ? 'syncing' : null
}

export function canSend(connection: Connection, now: number): boolean {
  return (
    connection.state === 'in_subscription' &&
    (connection.restingUntil === null || connection.restingUntil <= now)
  )
}

function stepOf(messenger: CascadeMessenger, deliveryWaitSeconds: number): Step {
  const facts = messengerFacts(messenger.type)
  return {
    messenger: messenger.type,
    isOn: messenger.isOn,
    waitSeconds: messenger.waitSeconds ?? deliveryWaitSeconds,
    success: messenger.success,
    canWriteFirst: messenger.canWriteFirst,
    newChatBy: messenger.newChatBy,
    ...(facts.imageMaxBytes === undefined ? {} : { imageMaxBytes: facts.imageMaxBytes }),
    ...(facts.fileMaxBytes === undefined ? {} : { fileMaxBytes: facts.fileMaxBytes }),
  }
}

import type { NotDeliveredReason } from '../contracts/history.ts'
import { parseTemplate, fillMasks } from '../contracts/masks.ts'
import { MESSAGE_MAX_CHARACTERS, parseMessage, type Message } from '../contracts/message.ts'
import { messengerFacts } from '../contracts/messengers.ts'
import { addressesOf } from '../integrations/kommo/addresses.ts'
import type { KommoFailure, KommoResult } from '../integrations/kommo/client.ts'
import type { Contact, Lead } from '../integrations/kommo/entities.ts'
import { maskValue, type MaskSources } from '../integrations/kommo/mask-values.ts'
import type { Account } from '../storage/accounts.ts'
import { readCascade, type CascadeMessenger, type Connection } from '../storage/cascades.ts'
import { findChats } from '../storage/chats.ts'
import { findFile, touchFile } from '../storage/files.ts'
import type { RunSubject } from '../storage/runs.ts'
import type { RunEvent } from './core/events.ts'
import type { Gathered, Part, Step } from './core/run.ts'
import type { Services } from './services.ts'

/** Longer texts do not fit as an image's caption. */
const CAPTION_MAX_CHARACTERS = 1024
/** Official WhatsApp takes free text only this long after the person wrote. */
const WABA_WINDOW_MS = 24 * 3600_000

/** Reads everything that the first attempt needs: who, what, which chat, which cascade. */
export async function gather(
  services: Services,
  account: Account,
  subject: RunSubject,
): Promise<RunEvent> {
  const parsed = parseMessage(subject.message)
  if (!parsed.ok) return failed(parsed.problem === 'empty' ? 'message_empty' : 'message_invalid')
  if (!account.radist) return failed('radist_disconnected')

  const read = await readSources(services, account, subject, parsed.message)
  if (!read.ok) return read.event
  const { sources, contact } = read

  const addresses = addressesOf(contact, account)
  if (addresses.phones.length + addresses.usernames.length === 0) return failed('no_address')
  const filled = fillMasks(parsed.message.text, mask => maskValue(mask, sources))
  const parts = await partsOf(services, account.id, filled.text, parsed.message)
  if (!parts.ok) return failed(parts.reason)

  const cascade = await readCascade(services.database, account.id)
  const gathered: Gathered = {
    contactId: contact.id,
    contactName: contact.name ?? '',
    ...addresses,
    parts: parts.parts,
    warnings: filled.warnings,
    existingChat: await existingChat(services, account, addresses, cascade),
    steps: cascade.map(messenger => stepOf(messenger, services.settings.deliveryWaitSeconds)),
  }
  return { type: 'gathered', gathered }
}

function failed(reason: NotDeliveredReason): RunEvent {
  return { type: 'gathering_failed', reason }
}

type Read<T> = { ok: true; value: T } | { ok: false; event: RunEvent }

/** What a failure of Kommo's means when the run cannot do without the answer. */
function needed<T>(result: KommoResult<T>, notFound: NotDeliveredReason): Read<T> {
  return result.ok ? result : { ok: false, event: eventOf(result.failure, notFound) }
}

/** What it means when only a mask needs the answer: the mask stays empty, unless waiting helps. */
function optional<T>(result: KommoResult<T>): Read<T | null> {
  if (result.ok) return result
  if (result.failure.code !== 'unavailable') return { ok: true, value: null }
  return { ok: false, event: eventOf(result.failure, 'kommo_unavailable') }
}

function eventOf(failure: KommoFailure, notFound: NotDeliveredReason): RunEvent {
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
  subject: RunSubject,
  message: Message,
): Promise<{ ok: true; sources: MaskSources; contact: Contact } | { ok: false; event: RunEvent }> {
  let lead: Lead | null = null
  let contactId = subject.entity.id
  if (subject.entity.type === 'lead') {
    const result = needed(await kommo.lead(account, subject.entity.id), 'entity_not_found')
    if (!result.ok) return result
    lead = result.value
    const contacts = lead._embedded?.contacts ?? []
    const main = contacts.find(contact => contact.is_main) ?? contacts[0]
    if (!main) return { ok: false, event: failed('no_contact') }
    contactId = main.id
  }
  const contact = needed(await kommo.contact(account, contactId), 'no_contact')
  if (!contact.ok) return contact

  const masks = parseTemplate(message.text).flatMap(part =>
    part.kind === 'mask' ? [part.mask] : [],
  )
  const wants = (entity: string, field?: RegExp) =>
    masks.some(mask => mask.entity === entity && (!field || field.test(mask.field)))
  const companyId = [lead, contact.value].flatMap(entity => entity?._embedded?.companies ?? [])[0]
    ?.id
  const userId = lead?.responsible_user_id ?? contact.value.responsible_user_id
  const reads = {
    company:
      companyId && wants('Company') ? optional(await kommo.company(account, companyId)) : nothing,
    user: userId && wants('User') ? optional(await kommo.user(account, userId)) : nothing,
    pipelines: wants('Deal', /^(pipeline|stage)$/iu)
      ? optional(await kommo.pipelines(account))
      : nothing,
  }
  for (const read of Object.values(reads)) if (!read.ok) return read
  const { company, user, pipelines } = reads
  const sources: MaskSources = {
    lead,
    contact: contact.value,
    company: company.ok ? company.value : null,
    user: user.ok ? user.value : null,
    pipelines: pipelines.ok ? pipelines.value : null,
    language: account.language,
    timeZone: account.timeZone,
    currency: account.currency,
  }
  return { ok: true, sources, contact: contact.value }
}

const nothing: Read<null> = { ok: true, value: null }

/** An image takes the text as its caption where it fits; else the text goes first, then the file. */
async function partsOf(
  { database, transact, clock }: Services,
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
  if (!file) return { ok: false, reason: 'file_missing' }
  const lastUsed = { last_used_at: clock.now() }
  await transact(transaction => touchFile(transaction, accountId, file.id, lastUsed))
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

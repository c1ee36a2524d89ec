import { MASK_ENTITIES, STANDARD_FIELDS, type Mask } from '../contracts/masks.ts'
import type { KommoAccess, KommoFailure } from '../integrations/kommo/client.ts'
import type { Contact, Lead } from '../integrations/kommo/entities.ts'
import { mainContactId, readMaskSources } from '../integrations/kommo/mask-sources.ts'
import { maskValue } from '../integrations/kommo/mask-values.ts'
import type { Account } from '../storage/accounts.ts'
import { HttpError } from './http-error.ts'
import type { ApiServices } from './services.ts'

/** Deals and contacts as one person may see them: every request is made with that person's rights. */

const MAX_FOUND = 10

type Viewer = { userId: number }

/** Deals that a person may see and whose fields hold the text; the newest ones without a text. */
export async function findDeals(
  { kommo }: ApiServices,
  account: Account,
  person: Viewer,
  text: string,
): Promise<{ id: number; name: string }[]> {
  const access = withRightsOf(account, person)
  const found = await kommo.findLeads(access, text, MAX_FOUND)
  if (!found.ok && found.failure.code !== 'not_found') throw errorOf(found.failure)
  const leads: Lead[] = found.ok ? found.value._embedded.leads : []
  // Kommo's search need not know a deal by its number.
  if (/^\d{1,15}$/u.test(text) && !leads.some(lead => lead.id === Number(text))) {
    const one = await kommo.lead(access, Number(text))
    if (one.ok) leads.unshift(one.value)
  }
  return leads.map(named)
}

/** Contacts that a person may see and whose fields hold the text. */
export async function findContacts(
  { kommo }: ApiServices,
  account: Account,
  person: Viewer,
  text: string,
): Promise<{ id: number; name: string }[]> {
  const found = await kommo.findContacts(withRightsOf(account, person), text, MAX_FOUND)
  if (found.ok) return found.value._embedded.contacts.map(named)
  if (found.failure.code === 'not_found') return []
  throw errorOf(found.failure)
}

/** What every mask becomes for one deal or contact, as far as this person may see it. */
export async function valuesOf(
  { kommo }: ApiServices,
  account: Account,
  person: Viewer,
  entity: { type: 'lead' | 'contact'; id: number },
): Promise<{ id: number; name: string; values: Record<string, string> }> {
  const access = withRightsOf(account, person)
  const of = await readEntity(kommo, access, entity)
  const standard = MASK_ENTITIES.flatMap(name =>
    STANDARD_FIELDS[name].map((field): Mask => ({ entity: name, field })),
  )
  const read = await readMaskSources(kommo, access, of, standard)
  if (!read.ok) throw errorOf(read.failure)
  const { sources } = read
  const custom = [
    { entity: 'Contact', filled: sources.contact?.custom_fields_values },
    { entity: 'Deal', filled: sources.lead?.custom_fields_values },
    { entity: 'Company', filled: sources.company?.custom_fields_values },
  ] as const
  const masks = [
    ...standard,
    ...custom.flatMap(({ entity: name, filled }) =>
      (filled ?? []).map((one): Mask => ({ entity: name, field: `CF.${one.field_id}` })),
    ),
  ]
  const values = Object.fromEntries(
    masks.map(mask => [`${mask.entity}.${mask.field}`, maskValue(mask, sources) ?? '']),
  )
  return { ...named({ id: entity.id, name: (of.lead ?? of.contact)?.name }), values }
}

async function readEntity(
  kommo: ApiServices['kommo'],
  access: KommoAccess,
  entity: { type: 'lead' | 'contact'; id: number },
): Promise<{ lead: Lead | null; contact: Contact | null }> {
  if (entity.type === 'contact') {
    const contact = await kommo.contact(access, entity.id)
    if (!contact.ok) throw errorOf(contact.failure)
    return { lead: null, contact: contact.value }
  }
  const lead = await kommo.lead(access, entity.id)
  if (!lead.ok) throw errorOf(lead.failure)
  const contactId = mainContactId(lead.value)
  const contact = contactId === undefined ? null : await kommo.contact(access, contactId)
  return { lead: lead.value, contact: contact?.ok ? contact.value : null }
}

export function withRightsOf(account: Account, person: Viewer): Account & KommoAccess {
  return { ...account, asUserId: person.userId }
}

function named({ id, name }: { id: number; name?: string | null | undefined }) {
  return { id, name: name?.trim() ? name : `#${id}` }
}

function errorOf(failure: KommoFailure): HttpError {
  return new HttpError(failure.code === 'not_found' ? 'not_found' : 'kommo_unavailable')
}

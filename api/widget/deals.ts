import { MASK_ENTITIES, STANDARD_FIELDS, type Mask } from '../../contracts/masks.ts'
import type { WidgetDeal, WidgetDealValues } from '../../contracts/widget-api.ts'
import type { KommoAccess, KommoFailure } from '../../integrations/kommo/client.ts'
import type { Lead } from '../../integrations/kommo/entities.ts'
import { mainContactId, readMaskSources } from '../../integrations/kommo/mask-sources.ts'
import { maskValue } from '../../integrations/kommo/mask-values.ts'
import type { Account } from '../../storage/accounts.ts'
import { HttpError } from '../http-error.ts'
import type { ApiServices } from '../services.ts'
import type { PageToken } from '../tokens.ts'

const MAX_DEALS = 10

/** Deals that a person may see and whose fields hold the text; the newest ones without a text. */
export async function findDeals(
  { kommo }: ApiServices,
  account: Account,
  person: PageToken,
  text: string,
): Promise<WidgetDeal[]> {
  const access = withRightsOf(account, person)
  const found = await kommo.findLeads(access, text, MAX_DEALS)
  if (!found.ok && found.failure.code !== 'not_found') throw errorOf(found.failure)
  const leads: Lead[] = found.ok ? found.value._embedded.leads : []
  // Kommo's search need not know a deal by its number.
  if (/^\d{1,15}$/u.test(text) && !leads.some(lead => lead.id === Number(text))) {
    const one = await kommo.lead(access, Number(text))
    if (one.ok) leads.unshift(one.value)
  }
  return leads.map(lead => ({ id: lead.id, name: lead.name ?? `#${lead.id}` }))
}

/** What every mask becomes for one deal, as far as this person may see it. */
export async function dealValues(
  { kommo }: ApiServices,
  account: Account,
  person: PageToken,
  leadId: number,
): Promise<WidgetDealValues> {
  const access = withRightsOf(account, person)
  const lead = await kommo.lead(access, leadId)
  if (!lead.ok) throw errorOf(lead.failure)
  const contactId = mainContactId(lead.value)
  const contact = contactId === undefined ? null : await kommo.contact(access, contactId)
  const of = { lead: lead.value, contact: contact?.ok ? contact.value : null }
  const standard = MASK_ENTITIES.flatMap(entity =>
    STANDARD_FIELDS[entity].map((field): Mask => ({ entity, field })),
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
    ...custom.flatMap(({ entity, filled }) =>
      (filled ?? []).map((one): Mask => ({ entity, field: `CF.${one.field_id}` })),
    ),
  ]
  const values = Object.fromEntries(
    masks.map(mask => [`${mask.entity}.${mask.field}`, maskValue(mask, sources) ?? '']),
  )
  return { id: leadId, name: lead.value.name ?? `#${leadId}`, values }
}

function withRightsOf(account: Account, person: PageToken): Account & KommoAccess {
  return { ...account, asUserId: person.userId }
}

function errorOf(failure: KommoFailure): HttpError {
  return new HttpError(failure.code === 'not_found' ? 'not_found' : 'kommo_unavailable')
}

import type { Mask } from '../../contracts/masks.ts'
import type { KommoAccess, KommoClient, KommoFailure, KommoResult } from './client.ts'
import type { Contact, Lead } from './entities.ts'
import type { MaskSources } from './mask-values.ts'

/** How the account's people write dates and money. */
type Locale = Pick<MaskSources, 'language' | 'timeZone' | 'currency'>

/**
 * Reads what these masks need beyond the deal and the contact. What Kommo does not have or does not
 * show stays empty.
 * @returns the failure when Kommo cannot say now, so that asking again may help
 */
export async function readMaskSources(
  kommo: Pick<KommoClient, 'company' | 'user' | 'pipelines'>,
  access: KommoAccess & Locale,
  of: { lead: Lead | null; contact: Contact | null },
  masks: readonly Mask[],
): Promise<{ ok: true; sources: MaskSources } | { ok: false; failure: KommoFailure }> {
  const { lead, contact } = of
  const wants = (entity: string, field?: RegExp) =>
    masks.some(mask => mask.entity === entity && (!field || field.test(mask.field)))
  const companyId = [lead, contact].flatMap(one => one?._embedded?.companies ?? [])[0]?.id
  const userId = lead?.responsible_user_id ?? contact?.responsible_user_id
  const reads = {
    company:
      companyId && wants('Company') ? optional(await kommo.company(access, companyId)) : nothing,
    user: userId && wants('User') ? optional(await kommo.user(access, userId)) : nothing,
    pipelines: wants('Deal', /^(pipeline|stage)$/iu)
      ? optional(await kommo.pipelines(access))
      : nothing,
  }
  for (const read of Object.values(reads)) if (!read.ok) return read
  const { company, user, pipelines } = reads
  const { language, timeZone, currency } = access
  const sources: MaskSources = {
    lead,
    contact,
    company: company.ok ? company.value : null,
    user: user.ok ? user.value : null,
    pipelines: pipelines.ok ? pipelines.value : null,
    language,
    timeZone,
    currency,
  }
  return { ok: true, sources }
}

/** The contact of a deal that messages go to. */
export function mainContactId(lead: Lead): number | undefined {
  const contacts = lead._embedded?.contacts ?? []
  return (contacts.find(contact => contact.is_main) ?? contacts[0])?.id
}

const nothing: KommoResult<null> = { ok: true, value: null }

function optional<T>(result: KommoResult<T>): KommoResult<T | null> {
  return result.ok || result.failure.code === 'unavailable' ? result : nothing
}

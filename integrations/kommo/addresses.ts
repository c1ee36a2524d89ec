import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max'
import type { Contact } from './entities.ts'

/**
 * A phone in E.164, or null. Kommo's phone fields are free text: spaces, brackets, `8 (900)…`, `00…`.
 * @param country ISO 3166 code of the account, for numbers without a country code
 */
export function normalisePhone(written: string, country: string | null): string | null {
  const international = written.trim().replace(/^00/u, '+')
  const parsed =
    parsePhoneNumberFromString(international, asCountry(country)) ??
    parsePhoneNumberFromString(`+${international.replace(/\D/gu, '')}`)
  if (parsed?.isValid()) return parsed.number
  // Messengers give numbers without `+`.
  const bare = parsePhoneNumberFromString(`+${written.replace(/\D/gu, '')}`)
  return bare?.isValid() ? bare.number : null
}

/** A username as messengers compare it: without `@` or a t.me link around it, in lower case. */
export function normaliseUsername(written: string): string | null {
  const bare = written
    .trim()
    .replace(/^https?:\/\/(?:www\.)?t\.me\//iu, '')
    .replace(/^@/u, '')
    .toLowerCase()
  return /^[a-z0-9_.]{3,64}$/u.test(bare) ? bare : null
}

/** Every phone and username under which messengers may know a contact, each once, in their order. */
export function addressesOf(
  contact: Contact,
  settings: { country: string | null; usernameFieldId: number | null },
): { phones: string[]; usernames: string[] } {
  const texts = (wanted: (field: { field_id: number; code: string }) => boolean) =>
    (contact.custom_fields_values ?? [])
      .filter(field => wanted({ field_id: field.field_id, code: field.field_code ?? '' }))
      .flatMap(field => field.values.map(entry => entry.value))
      .filter(value => typeof value === 'string')
  const phones = texts(field => field.code === 'PHONE')
    .map(phone => normalisePhone(phone, settings.country))
    .filter(phone => phone !== null)
  const usernames = texts(field => field.field_id === settings.usernameFieldId)
    .map(normaliseUsername)
    .filter(username => username !== null)
  return { phones: [...new Set(phones)], usernames: [...new Set(usernames)] }
}

function asCountry(country: string | null): CountryCode | undefined {
  return country && /^[A-Z]{2}$/u.test(country) ? (country as CountryCode) : undefined
}

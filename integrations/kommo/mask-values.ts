import type { Mask } from '../../contracts/masks.ts'
import type { Company, Contact, CustomFieldValue, Lead, Pipelines, User } from './entities.ts'

/** What masks are filled from. What a message does not need is not read. */
export type MaskSources = {
  lead: Lead | null
  contact: Contact | null
  company: Company | null
  user: User | null
  pipelines: Pipelines | null
  /** BCP 47, of the account. */
  language: string
  timeZone: string | null
  currency: string | null
}

/** A mask's value as a person would write it; '' where it is empty, undefined where there is no such field. */
export function maskValue(mask: Mask, sources: MaskSources): string | undefined {
  const field = mask.field.toLowerCase()
  const { lead, contact, company, user } = sources
  const customId = /^cf\.(\d+)$/u.exec(field)?.[1]
  switch (mask.entity) {
    case 'Contact':
      if (customId) return customValue(contact?.custom_fields_values, Number(customId), sources)
      return (
        contactValue(field, contact, sources) ??
        namedValue(contact?.custom_fields_values, field, sources)
      )
    case 'Deal':
      if (customId) return customValue(lead?.custom_fields_values, Number(customId), sources)
      return (
        dealValue(field, lead, sources) ?? namedValue(lead?.custom_fields_values, field, sources)
      )
    case 'Company':
      if (customId) return customValue(company?.custom_fields_values, Number(customId), sources)
      if (field === 'name') return company?.name ?? ''
      return namedValue(company?.custom_fields_values, field, sources)
    case 'User':
      if (field === 'name') return user?.name ?? ''
      return field === 'email' ? (user?.email ?? '') : undefined
    default:
      return mask.entity satisfies never
  }
}

function contactValue(field: string, contact: Contact | null, sources: MaskSources) {
  switch (field) {
    case 'name':
      return contact?.name ?? ''
    case 'firstname':
      return contact?.first_name ?? ''
    case 'lastname':
      return contact?.last_name ?? ''
    case 'phone':
    case 'email':
      return codedValue(contact?.custom_fields_values, field.toUpperCase(), sources)
    default:
      return undefined
  }
}

function dealValue(field: string, lead: Lead | null, sources: MaskSources) {
  const pipeline = sources.pipelines?._embedded.pipelines.find(
    candidate => candidate.id === lead?.pipeline_id,
  )
  switch (field) {
    case 'name':
      return lead?.name ?? ''
    case 'price':
      return typeof lead?.price === 'number' ? formatMoney(lead.price, sources) : ''
    case 'id':
      return lead ? String(lead.id) : ''
    case 'pipeline':
      return pipeline?.name ?? ''
    case 'stage':
      return pipeline?._embedded?.statuses.find(status => status.id === lead?.status_id)?.name ?? ''
    default:
      return undefined
  }
}

/** The first value of a predefined field such as PHONE or EMAIL. */
function codedValue(
  fields: readonly CustomFieldValue[] | null | undefined,
  code: string,
  sources: MaskSources,
): string {
  const field = fields?.find(candidate => candidate.field_code === code)
  const first = field?.values[0]
  return field && first ? formatValue(first.value, field.field_type, sources) : ''
}

/**
 * A custom field by its name: a step that was saved while Kommo did not answer could not store its id.
 * Kommo lists filled fields only, so one that is empty reads as unknown.
 */
function namedValue(
  fields: readonly CustomFieldValue[] | null | undefined,
  name: string,
  sources: MaskSources,
): string | undefined {
  const found = fields?.find(candidate => candidate.field_name?.trim().toLowerCase() === name)
  return found && customValue(fields, found.field_id, sources)
}

function customValue(
  fields: readonly CustomFieldValue[] | null | undefined,
  id: number,
  sources: MaskSources,
): string {
  const field = fields?.find(candidate => candidate.field_id === id)
  if (!field) return ''
  // A phone or e-mail field holds several values: a message wants one of them.
  const values = field.field_type === 'multitext' ? field.values.slice(0, 1) : field.values
  return values
    .map(entry => formatValue(entry.value, field.field_type, sources))
    .filter(text => text !== '')
    .join(', ')
}

const YES_NO: Readonly<Record<string, readonly [string, string]>> = {
  en: ['yes', 'no'],
  es: ['sí', 'no'],
  pt: ['sim', 'não'],
  tr: ['evet', 'hayır'],
  id: ['ya', 'tidak'],
  ru: ['да', 'нет'],
}

function formatValue(
  value: unknown,
  type: string | null | undefined,
  sources: MaskSources,
): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'boolean') {
    const words = YES_NO[sources.language.slice(0, 2)] ?? ['yes', 'no']
    return value ? words[0] : words[1]
  }
  switch (type) {
    case 'date':
    case 'birthday':
      // Kommo stores a day as midnight in the account's zone.
      return formatDate(value, sources, { dateStyle: 'long' })
    case 'date_time':
      return formatDate(value, sources, { dateStyle: 'long', timeStyle: 'short' })
    case 'numeric':
      return typeof value === 'number' || /^-?\d+(\.\d+)?$/u.test(String(value))
        ? new Intl.NumberFormat(sources.language, { maximumFractionDigits: 10 }).format(
            Number(value),
          )
        : String(value)
    case 'price':
    case 'monetary':
      return Number.isFinite(Number(value)) ? formatMoney(Number(value), sources) : String(value)
    default:
      return describe(value)
  }
}

/** Linked entities, legal entities and files are objects: their name is what a person would write. */
function describe(value: unknown): string {
  if (typeof value === 'string') return value.trim()
  if (typeof value === 'number') return String(value)
  if (value && typeof value === 'object') {
    const named = value as Record<string, unknown>
    for (const key of ['name', 'file_name', 'value']) {
      if (typeof named[key] === 'string') return named[key]
    }
  }
  return ''
}

function formatDate(
  value: unknown,
  sources: MaskSources,
  style: Intl.DateTimeFormatOptions,
): string {
  const seconds = Number(value)
  const date = Number.isFinite(seconds) ? new Date(seconds * 1000) : new Date(String(value))
  if (Number.isNaN(date.getTime())) return describe(value)
  return new Intl.DateTimeFormat(sources.language, {
    ...style,
    ...(sources.timeZone ? { timeZone: sources.timeZone } : {}),
  }).format(date)
}

function formatMoney(amount: number, sources: MaskSources): string {
  const digits = Number.isInteger(amount) ? { maximumFractionDigits: 0 } : {}
  return new Intl.NumberFormat(sources.language, {
    ...(sources.currency ? { style: 'currency', currency: sources.currency } : {}),
    ...digits,
  }).format(amount)
}

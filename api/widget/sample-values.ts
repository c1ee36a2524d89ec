import type { CustomField } from '../../integrations/kommo/entities.ts'
import { maskValue, type MaskSources } from '../../integrations/kommo/mask-values.ts'
import type { Mask } from '../../contracts/masks.ts'
import type { Account } from '../../storage/accounts.ts'

/** An invented deal, in the language in which the account writes. */
const SAMPLES = {
  en: ['Lucy', 'Brown', 'Order 1024', 'Sales', 'In progress', 'Northwind Ltd', 'Clara Ruiz'],
  es: ['Lucía', 'Fernández', 'Pedido 1024', 'Ventas', 'En curso', 'Flores del Sur', 'Clara Ruiz'],
  pt: ['Ana', 'Souza', 'Pedido 1024', 'Vendas', 'Em andamento', 'Flores do Sul', 'Clara Reis'],
  tr: ['Ayşe', 'Yılmaz', 'Sipariş 1024', 'Satış', 'Devam ediyor', 'Lale Ltd', 'Deniz Kaya'],
  id: ['Budi', 'Santoso', 'Pesanan 1024', 'Penjualan', 'Diproses', 'Mawar Jaya', 'Dewi Lestari'],
  ru: ['Анна', 'Иванова', 'Заказ 1024', 'Продажи', 'В работе', 'Цветы юга', 'Клара Руис'],
} as const

const SAMPLE_PHONE = '+34 612 345 678'
const SAMPLE_EMAIL = 'client@example.com'
const DAY_SECONDS = 86_400

/** @returns what a field's mask might become, written as the account's people would write it */
export function sampleValues(
  { language, timeZone, currency }: Account,
  now: number,
): (mask: Mask, field?: Pick<CustomField, 'id' | 'name' | 'type' | 'enums'>) => string {
  const key = Object.keys(SAMPLES).find(known => language.startsWith(known)) ?? 'en'
  const [firstName, lastName, deal, pipeline, stage, company, user] =
    SAMPLES[key as keyof typeof SAMPLES]
  const coded = (id: number, code: string, value: string) => ({
    field_id: id,
    field_code: code,
    field_type: 'multitext',
    values: [{ value }],
  })
  const sources: MaskSources = {
    lead: { id: 1024, name: deal, price: 45, status_id: 1, pipeline_id: 1 },
    contact: {
      id: 1,
      name: `${firstName} ${lastName}`,
      first_name: firstName,
      last_name: lastName,
      custom_fields_values: [coded(-1, 'PHONE', SAMPLE_PHONE), coded(-2, 'EMAIL', SAMPLE_EMAIL)],
    },
    company: { id: 1, name: company },
    user: { id: 1, name: user, email: 'clara@example.com' },
    pipelines: {
      _embedded: {
        pipelines: [{ id: 1, name: pipeline, _embedded: { statuses: [{ id: 1, name: stage }] } }],
      },
    },
    language,
    timeZone,
    currency,
  }
  return (mask, field) => {
    if (!field) return maskValue(mask, sources) ?? ''
    const custom = [
      {
        field_id: field.id,
        field_type: field.type,
        values: [{ value: sampleOf(field, now) }],
      },
    ]
    const entity = { id: 1, custom_fields_values: custom }
    return maskValue(mask, { ...sources, lead: entity, contact: entity, company: entity }) ?? ''
  }
}

function sampleOf(
  { name, type, enums }: Pick<CustomField, 'name' | 'type' | 'enums'>,
  now: number,
) {
  switch (type) {
    case 'checkbox':
      return true
    case 'numeric':
      return 25
    case 'monetary':
    case 'price':
      return 45
    case 'date':
    case 'date_time':
    case 'birthday':
      return Math.floor(now / 1000) + 2 * DAY_SECONDS
    case 'url':
      return 'https://example.com'
    default:
      return enums?.[0]?.value ?? name
  }
}

import { describe, expect, it } from 'vitest'
import { KommoAccount } from '../../emulators/kommo/account.ts'
import {
  companySchema,
  contactSchema,
  leadSchema,
  pipelinesSchema,
  userSchema,
} from './entities.ts'
import { maskValue, type MaskSources } from './mask-values.ts'

const account = new KommoAccount()
const SOURCES: MaskSources = {
  lead: leadSchema.parse(account.lead(2001)),
  contact: contactSchema.parse(account.contactOfLead(2001)),
  company: companySchema.parse(account.companies[0]),
  user: userSchema.parse(account.users[0]),
  pipelines: pipelinesSchema.parse({ _embedded: { pipelines: account.pipelines } }),
  language: 'es',
  timeZone: 'Europe/Madrid',
  currency: 'EUR',
}
const value = (entity: 'Contact' | 'Deal' | 'Company' | 'User', field: string, sources = SOURCES) =>
  maskValue({ entity, field }, sources)?.replaceAll('\u00A0', ' ')

describe('a mask’s value', () => {
  it.each([
    ['Contact', 'Name', 'Lucía Fernández'],
    ['Contact', 'firstname', 'Lucía'],
    ['Contact', 'Phone', '+34 612 77 03 15'],
    ['Contact', 'Email', 'client1@mail.example'],
    ['Deal', 'Name', 'Roses, 25 pcs'],
    ['Deal', 'Price', '45 €'],
    ['Deal', 'ID', '2001'],
    ['Deal', 'Pipeline', 'Bouquets'],
    ['Deal', 'Stage', 'Ready for pickup'],
    ['Company', 'Name', 'Flores del Sur S.L.'],
    ['User', 'Name', 'Clara Ruiz'],
    ['Deal', 'CF.12345', '25 de noviembre de 2026'],
    ['Deal', 'CF.12346', '25 de noviembre de 2026 a las 10:00'],
    ['Deal', 'CF.12348', '1500'],
    ['Deal', 'CF.12349', 'sí'],
    ['Deal', 'CF.12350', 'Red'],
    ['Deal', 'CF.12351', 'Red, Pink'],
    ['Deal', 'CF.12354', '12,50 €'],
    ['Company', 'CF.202', 'https://flores.example'],
    ['Deal', 'CF.12347', ''],
  ] as const)('[%s.%s] is written as a person would: %s', (entity, field, expected) => {
    expect(value(entity, field)).toBe(expected)
  })

  it('is unknown for a field that does not exist', () => {
    expect(value('Contact', 'Shoe size')).toBeUndefined()
    expect(value('User', 'Phone')).toBeUndefined()
  })

  it('is empty for deal masks when a contact’s bot runs', () => {
    expect(value('Deal', 'Name', { ...SOURCES, lead: null })).toBe('')
  })
})

import { PEOPLE } from '../shared/people.ts'

/**
 * The emulated account: 40 deals and contacts, custom fields of every type, names in several scripts,
 * contacts without a phone, a deal without a contact. Shapes: Kommo server side, section 3.
 */
export type CustomField = {
  id: number
  name: string
  code: string | null
  type: string
  entity_type: string
  sort: number
  enums: { id: number; value: string; sort: number }[] | null
}
type FieldValue = { value: unknown; enum_id?: number; enum_code?: string }
type CustomFieldValue = {
  field_id: number
  field_name: string
  field_code: string | null
  field_type: string
  values: FieldValue[]
}

export const ACCOUNT_ID = 31_415_926
export const SUBDOMAIN = 'flowers-madrid'
export const LONG_LIVED_TOKEN = 'demo-kommo-long-lived-token'
/** A deal that nobody belongs to. */
const DEAL_WITHOUT_CONTACT = 2041

const field = (
  entity: string,
  id: number,
  name: string,
  type: string,
  extra: Partial<CustomField> = {},
): CustomField => ({
  id,
  name,
  code: null,
  type,
  entity_type: entity,
  sort: id,
  enums: null,
  ...extra,
})

const COLOURS = [
  { id: 9001, value: 'Red', sort: 1 },
  { id: 9002, value: 'White', sort: 2 },
  { id: 9003, value: 'Pink', sort: 3 },
]
const LEAD_FIELDS: CustomField[] = [
  field('leads', 12_345, 'Pickup date', 'date'),
  field('leads', 12_346, 'Delivery at', 'date_time'),
  field('leads', 12_347, 'Greeting card', 'textarea'),
  field('leads', 12_348, 'Stems', 'numeric'),
  field('leads', 12_349, 'Gift wrap', 'checkbox'),
  field('leads', 12_350, 'Colour', 'select', { enums: COLOURS }),
  field('leads', 12_351, 'Extras', 'multiselect', { enums: COLOURS }),
  field('leads', 12_352, 'Tracking link', 'url'),
  field('leads', 12_353, 'Delivery address', 'streetaddress'),
  field('leads', 12_354, 'Deposit', 'monetary'),
  field('leads', 12_355, 'Occasion', 'radiobutton', { enums: COLOURS }),
  field('leads', 12_356, 'Size [cm]', 'text'),
  field('leads', 12_357, 'Courier', 'text'),
  field('leads', 12_358, 'Courier', 'text'),
  field('leads', 12_359, 'Pickup point', 'smart_address'),
  field('leads', 12_360, 'Stage type', 'category'),
  field('leads', 12_361, 'Discount', 'price'),
  field('leads', 12_362, 'Photo', 'file'),
  field('leads', 12_363, 'Basket', 'items'),
  field('leads', 12_364, 'utm_source', 'tracking_data', { code: 'UTM_SOURCE' }),
  field('leads', 12_365, 'Recipient', 'linked_entity'),
  field('leads', 12_366, 'Chain', 'chained_list'),
]
const CONTACT_FIELDS: CustomField[] = [
  field('contacts', 101, 'Phone', 'multitext', { code: 'PHONE' }),
  field('contacts', 102, 'Email', 'multitext', { code: 'EMAIL' }),
  field('contacts', 103, 'Telegram', 'text'),
  field('contacts', 104, 'Birthday', 'birthday'),
  field('contacts', 105, 'Position', 'text', { code: 'POSITION' }),
]
const COMPANY_FIELDS: CustomField[] = [
  field('companies', 201, 'Legal name', 'legal_entity'),
  field('companies', 202, 'Web', 'url', { code: 'WEB' }),
]
const USERS = [
  { id: 504, name: 'Clara Ruiz', email: 'clara@flowers.example', lang: 'en', isAdmin: true },
  { id: 505, name: 'Iván Soto', email: 'ivan@flowers.example', lang: 'es', isAdmin: false },
]

const value = (source: CustomField[], id: number, ...values: FieldValue[]): CustomFieldValue => {
  const found = source.find(candidate => candidate.id === id)
  if (!found) throw new Error(`No field ${id}`)
  return {
    field_id: id,
    field_name: found.name,
    field_code: found.code,
    field_type: found.type,
    values,
  }
}

const DAY = 86_400
/** 24 November 2026, midnight in Madrid. */
const PICKUP = 1_795_474_800

export type Note = {
  id: number
  entityType: string
  entityId: number
  type: string
  text: string
  at: string
}

export class KommoAccount {
  readonly users = USERS
  readonly fields = { leads: LEAD_FIELDS, contacts: CONTACT_FIELDS, companies: COMPANY_FIELDS }
  readonly notes: Note[] = []
  readonly contacts = PEOPLE.map(person => ({
    id: 1000 + person.id,
    name: `${person.firstName} ${person.lastName}`,
    first_name: person.firstName,
    last_name: person.lastName,
    responsible_user_id: 504,
    custom_fields_values: [
      ...(person.phone
        ? [value(CONTACT_FIELDS, 101, { value: person.phone, enum_id: 10, enum_code: 'MOB' })]
        : []),
      value(CONTACT_FIELDS, 102, {
        value: `client${person.id}@mail.example`,
        enum_id: 20,
        enum_code: 'WORK',
      }),
      ...(person.username ? [value(CONTACT_FIELDS, 103, { value: person.username })] : []),
    ],
    account_id: ACCOUNT_ID,
    _embedded: { tags: [], companies: [{ id: 3001 }] },
  }))
  readonly leads = [
    ...PEOPLE.map(person => ({
      id: 2000 + person.id,
      name: person.dealName,
      price: person.dealPrice,
      responsible_user_id: person.id % 2 === 0 ? 505 : 504,
      status_id: 143_001,
      pipeline_id: 310,
      custom_fields_values: [
        value(LEAD_FIELDS, 12_345, { value: PICKUP + person.id * DAY }),
        value(LEAD_FIELDS, 12_346, { value: PICKUP + person.id * DAY + 10 * 3600 }),
        value(LEAD_FIELDS, 12_348, { value: '1500' }),
        value(LEAD_FIELDS, 12_349, { value: person.id % 2 === 1 }),
        value(LEAD_FIELDS, 12_350, { value: 'Red', enum_id: 9001 }),
        value(
          LEAD_FIELDS,
          12_351,
          { value: 'Red', enum_id: 9001 },
          { value: 'Pink', enum_id: 9003 },
        ),
        value(LEAD_FIELDS, 12_354, { value: '12.5' }),
      ],
      account_id: ACCOUNT_ID,
      _embedded: {
        tags: [],
        companies: [{ id: 3001 }],
        contacts: [{ id: 1000 + person.id, is_main: true }],
      },
    })),
    {
      id: DEAL_WITHOUT_CONTACT,
      name: 'Deal without contact',
      price: 0,
      responsible_user_id: 504,
      status_id: 143_001,
      pipeline_id: 310,
      custom_fields_values: null,
      account_id: ACCOUNT_ID,
      _embedded: { tags: [], companies: [], contacts: [] },
    },
  ]
  readonly companies = [
    {
      id: 3001,
      name: 'Flores del Sur S.L.',
      custom_fields_values: [value(COMPANY_FIELDS, 202, { value: 'https://flores.example' })],
      account_id: ACCOUNT_ID,
    },
  ]
  readonly pipelines = [
    {
      id: 310,
      name: 'Bouquets',
      sort: 1,
      is_main: true,
      is_archive: false,
      _embedded: {
        statuses: [
          {
            id: 143_000,
            name: 'Incoming leads',
            sort: 10,
            type: 1,
            color: '#c1c1c1',
            pipeline_id: 310,
          },
          {
            id: 143_001,
            name: 'Ready for pickup',
            sort: 20,
            type: 0,
            color: '#99ccff',
            pipeline_id: 310,
          },
          {
            id: 142,
            name: 'Closed - won',
            sort: 10_000,
            type: 0,
            color: '#ccff66',
            pipeline_id: 310,
          },
          {
            id: 143,
            name: 'Closed - lost',
            sort: 11_000,
            type: 0,
            color: '#d5d8db',
            pipeline_id: 310,
          },
        ],
      },
    },
  ]

  lead(id: number) {
    return this.leads.find(lead => lead.id === id)
  }

  contactOfLead(id: number) {
    const contactId = this.lead(id)?._embedded.contacts[0]?.id
    return this.contacts.find(contact => contact.id === contactId)
  }
}

import { z } from 'zod'

/** What we read of Kommo's entities. Anything else in an answer is ignored. */
const fieldValueSchema = z.looseObject({
  value: z.unknown().optional(),
  enum_id: z.number().nullish(),
  /** Some examples of the documentation say `enum` instead. */
  enum_code: z.string().nullish(),
  enum: z.string().nullish(),
})
const customFieldValueSchema = z.object({
  field_id: z.number(),
  field_name: z.string().nullish(),
  field_code: z.string().nullish(),
  field_type: z.string().nullish(),
  values: z.array(fieldValueSchema).catch([]),
})
export type CustomFieldValue = z.infer<typeof customFieldValueSchema>
const customFieldsSchema = z.array(customFieldValueSchema).nullish()

export const leadSchema = z.object({
  id: z.number(),
  name: z.string().nullish(),
  price: z.number().nullish(),
  responsible_user_id: z.number().nullish(),
  status_id: z.number().nullish(),
  pipeline_id: z.number().nullish(),
  custom_fields_values: customFieldsSchema,
  _embedded: z
    .object({
      contacts: z.array(z.object({ id: z.number(), is_main: z.boolean().nullish() })).nullish(),
      companies: z.array(z.object({ id: z.number() })).nullish(),
    })
    .nullish(),
})
export type Lead = z.infer<typeof leadSchema>
export const leadsPageSchema = z.object({ _embedded: z.object({ leads: z.array(leadSchema) }) })

export const contactSchema = z.object({
  id: z.number(),
  name: z.string().nullish(),
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
  responsible_user_id: z.number().nullish(),
  custom_fields_values: customFieldsSchema,
  _embedded: z.object({ companies: z.array(z.object({ id: z.number() })).nullish() }).nullish(),
})
export type Contact = z.infer<typeof contactSchema>

export const contactsPageSchema = z.object({
  _embedded: z.object({ contacts: z.array(contactSchema) }),
})

/** Whatever the list under `_embedded` is called, its items have an id and a name. */
export const botsPageSchema = z
  .object({ _embedded: z.record(z.string(), z.unknown()) })
  .transform(({ _embedded }) => {
    const named = z.array(z.object({ id: z.number().int(), name: z.string() }))
    for (const list of Object.values(_embedded)) {
      const parsed = named.safeParse(list)
      if (parsed.success) return parsed.data
    }
    return []
  })

export const companySchema = z.object({
  id: z.number(),
  name: z.string().nullish(),
  custom_fields_values: customFieldsSchema,
})
export type Company = z.infer<typeof companySchema>

export const userSchema = z.object({
  id: z.number(),
  name: z.string().nullish(),
  email: z.string().nullish(),
})
export type User = z.infer<typeof userSchema>

export const usersPageSchema = z.object({ _embedded: z.object({ users: z.array(userSchema) }) })

export const pipelinesSchema = z.object({
  _embedded: z.object({
    pipelines: z.array(
      z.object({
        id: z.number(),
        name: z.string(),
        _embedded: z
          .object({ statuses: z.array(z.object({ id: z.number(), name: z.string() })) })
          .nullish(),
      }),
    ),
  }),
})
export type Pipelines = z.infer<typeof pipelinesSchema>

export const customFieldSchema = z.object({
  id: z.number(),
  name: z.string(),
  type: z.string(),
  code: z.string().nullish(),
  enums: z.array(z.object({ value: z.string() })).nullish(),
})
export type CustomField = z.infer<typeof customFieldSchema>

export const customFieldsPageSchema = z.object({
  _links: z.object({ next: z.object({ href: z.string() }).nullish() }).nullish(),
  _embedded: z.object({ custom_fields: z.array(customFieldSchema) }),
})

export const accountSchema = z.object({
  id: z.number(),
  name: z.string().nullish(),
  subdomain: z.string(),
  /** Whose token it is. */
  current_user_id: z.number().nullish(),
  country: z.string().nullish(),
  language: z.string().nullish(),
  currency: z.string().nullish(),
  _embedded: z
    .object({ datetime_settings: z.object({ timezone: z.string().nullish() }).nullish() })
    .nullish(),
})

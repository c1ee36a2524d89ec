import { z } from '@hono/zod-openapi'
import { MASK_ENTITIES } from './masks.ts'

/** What the Setup form needs at once. */
export const widgetFormSchema = z
  .object({
    fields: z.array(
      z.object({
        entity: z.enum(MASK_ENTITIES),
        code: z.string(),
        /** A custom field's name in Kommo; standard fields are named by the form's own texts. */
        name: z.string().optional(),
        /** What it might become, in the account's language. */
        sample: z.string(),
      }),
    ),
    /** The messengers that a message goes to, in order, with what limits a file. */
    messengers: z.array(
      z.object({
        name: z.string(),
        imageMaxBytes: z.number().optional(),
        fileMaxBytes: z.number().optional(),
      }),
    ),
    kommo: z.enum(['connected', 'disconnected', 'unavailable']),
    radist: z.enum(['connected', 'syncing', 'missing', 'problem']),
    isAdmin: z.boolean(),
  })
  .openapi('WidgetForm')
export type WidgetForm = z.infer<typeof widgetFormSchema>

export const widgetFileSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    size: z.number(),
    kind: z.enum(['image', 'file']),
    mimeType: z.string(),
    /** `scanning` waits for the virus scanner, which calls some `infected`. */
    state: z.enum(['uploading', 'scanning', 'ready', 'infected']),
    /** Signed, expiring; for the preview of a ready file. */
    url: z.string().nullable(),
  })
  .openapi('WidgetFile')
export type WidgetFile = z.infer<typeof widgetFileSchema>

const dealSchema = z.object({ id: z.number(), name: z.string() }).openapi('WidgetDeal')
export type WidgetDeal = z.infer<typeof dealSchema>
export const widgetDealsSchema = z.object({ deals: z.array(dealSchema) }).openapi('WidgetDeals')
export type WidgetDeals = z.infer<typeof widgetDealsSchema>

/** A real deal's values for the preview: `Contact.Name` → `Lucía`. What has none is not in it. */
export const widgetDealValuesSchema = dealSchema
  .extend({ values: z.record(z.string(), z.string()) })
  .openapi('WidgetDealValues')
export type WidgetDealValues = z.infer<typeof widgetDealValuesSchema>

export const signInLinkSchema = z.object({ url: z.string() }).openapi('SignInLink')
export type SignInLink = z.infer<typeof signInLinkSchema>

export const sessionSchema = z
  .object({
    accountId: z.number().int(),
    isAdmin: z.boolean(),
    subdomain: z.string(),
    /** The account's address in Kommo, for links to its deals. */
    kommoUrl: z.string(),
    language: z.string(),
    radist: z.enum(['connected', 'syncing', 'missing', 'problem']),
    /** As far as it is known without asking Kommo. */
    kommo: z.enum(['connected', 'disconnected', 'not_admin']),
  })
  .openapi('Session')
export type Session = z.infer<typeof sessionSchema>

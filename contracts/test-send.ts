import { z } from '@hono/zod-openapi'
import { MASK_ENTITIES } from './masks.ts'
import { MESSAGE_MAX_CHARACTERS } from './message.ts'

/** Who a test may go to: what a person finds in Kommo with that person's own rights. */
const recipientSchema = z.object({
  type: z.enum(['lead', 'contact']),
  id: z.number().int(),
  name: z.string(),
})
export type Recipient = z.infer<typeof recipientSchema>
export const recipientsSchema = z
  .object({ recipients: z.array(recipientSchema) })
  .openapi('Recipients')
export type Recipients = z.infer<typeof recipientsSchema>

/** What masks become for one of them: `Contact.Name` → `Lucía`. What has no value is not in it. */
export const recipientValuesSchema = recipientSchema
  .extend({ values: z.record(z.string(), z.string()) })
  .openapi('RecipientValues')
export type RecipientValues = z.infer<typeof recipientValuesSchema>

export const testMessageSchema = z
  .strictObject({
    entity: z.strictObject({
      type: z.enum(['lead', 'contact']),
      id: z.number().int().positive(),
    }),
    text: z.string().max(MESSAGE_MAX_CHARACTERS),
    fileId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{10,64}$/u)
      .nullable(),
  })
  .openapi('TestMessage')
export type TestMessage = z.infer<typeof testMessageSchema>

export const maskFieldsSchema = z
  .object({
    fields: z.array(
      z.object({
        entity: z.enum(MASK_ENTITIES),
        code: z.string(),
        /** A custom field's name; standard fields are named by the app's own texts. */
        name: z.string().optional(),
      }),
    ),
  })
  .openapi('MaskFields')
export type MaskFields = z.infer<typeof maskFieldsSchema>

import { z } from '@hono/zod-openapi'
import { successSchema } from './cascade.ts'
import { historyEntrySchema, notDeliveredReasonSchema } from './history.ts'

/** Runs as the settings app shows them. Times are ISO 8601. */

const originSchema = z.enum(['bot', 'test', 'sent_again'])
const entitySchema = z.object({ type: z.enum(['lead', 'contact']), id: z.number().int() })

const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open'), phase: z.string() }),
  z.object({
    kind: z.literal('delivered'),
    messenger: z.string(),
    connectionId: z.number().int(),
    byExistingChat: z.boolean(),
  }),
  z.object({ kind: z.literal('not_delivered'), reason: notDeliveredReasonSchema }),
])
export type RunOutcome = z.infer<typeof outcomeSchema>

const runFacts = {
  id: z.string(),
  origin: originSchema,
  entity: entitySchema,
  botId: z.number().int().nullable(),
  contactId: z.number().int().nullable(),
  /** Empty when it is not known, or was erased. */
  contactName: z.string(),
  leadName: z.string(),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
  outcome: outcomeSchema,
  attempts: z.number().int(),
  hasLateNews: z.boolean(),
  /** Its text and addresses are gone: a contact was erased, or the time was over for which they are kept. */
  isErased: z.boolean(),
}
const runListItemSchema = z.object(runFacts)
export type RunListItem = z.infer<typeof runListItemSchema>

export const runListSchema = z
  .object({
    runs: z.array(runListItemSchema),
    /** Where the next page begins; null on the last one. */
    next: z.string().nullable(),
  })
  .openapi('RunList')
export type RunList = z.infer<typeof runListSchema>

export const runQuerySchema = z.object({
  outcome: z.enum(['open', 'delivered', 'not_delivered', 'late']).optional(),
  messenger: z.string().max(100).optional(),
  connection: z.coerce.number().int().positive().optional(),
  bot: z.coerce.number().int().positive().optional(),
  deal: z.coerce.number().int().positive().optional(),
  /** Of when the run began. */
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  /** A part of the contact's name, phone or username, of the deal's name, or a number. */
  search: z.string().trim().max(200).optional(),
})

const partSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({
    kind: z.enum(['image', 'file']),
    name: z.string(),
    size: z.number(),
    caption: z.string(),
    /** Signed, expiring; null when the file was deleted since. */
    url: z.string().nullable(),
  }),
])

const stepSchema = z.object({
  messenger: z.string(),
  waitSeconds: z.number(),
  success: successSchema,
})

const timelineFacts = {
  phones: z.array(z.string()),
  usernames: z.array(z.string()),
  /** The message with its masks filled, as it left or would leave. */
  parts: z.array(partSchema),
  warnings: z.array(z.object({ mask: z.string(), reason: z.enum(['unknown', 'empty']) })),
  /** The cascade as it stood when the run began. */
  steps: z.array(stepSchema),
  /** Names of the connections that the history speaks of. */
  connections: z.array(z.object({ connectionId: z.number().int(), name: z.string() })),
  history: z.array(z.object({ at: z.string(), entry: historyEntrySchema })),
}

/** One run with all that it wrote down. */
export const runViewSchema = z.object({ ...runFacts, ...timelineFacts }).openapi('Run')
export type RunView = z.infer<typeof runViewSchema>

/** What would happen to a message: each messenger stays silent until its wait is over. Nothing leaves. */
export const rehearsalSchema = z
  .object({ contactName: z.string(), leadName: z.string(), ...timelineFacts })
  .openapi('Rehearsal')
export type Rehearsal = z.infer<typeof rehearsalSchema>
export type Timeline = Pick<RunView, keyof typeof timelineFacts>

export const botsSchema = z
  .object({ bots: z.array(z.object({ id: z.number().int(), name: z.string() })) })
  .openapi('Bots')
export type Bots = z.infer<typeof botsSchema>

import { z } from '@hono/zod-openapi'

/** Waits of a messenger, in seconds. */
export const WAIT_MIN_SECONDS = 10
const WAIT_MAX_SECONDS = 24 * 3600

export const successSchema = z.enum(['delivered', 'read', 'accepted'])
export type Success = z.infer<typeof successSchema>

/** Radist's three states in its own UI, and what we learn beside them. */
export const connectionStateSchema = z.enum([
  'in_subscription',
  'not_in_subscription',
  'unpaid',
  'logged_out',
  'deleted',
])
export type ConnectionState = z.infer<typeof connectionStateSchema>

const connectionSchema = z.object({
  connectionId: z.number().int(),
  name: z.string(),
  state: connectionStateSchema,
  ticked: z.boolean(),
  isNew: z.boolean(),
  /** Until when it rests after an error of its own, ISO 8601. */
  restingUntil: z.string().nullable(),
  isNext: z.boolean(),
})

const messengerSchema = z.object({
  type: z.string(),
  name: z.string(),
  isOn: z.boolean(),
  isNew: z.boolean(),
  canWriteFirst: z.boolean(),
  waitSeconds: z.number(),
  success: successSchema,
  connections: z.array(connectionSchema),
})

export const cascadeSchema = z
  .object({
    version: z.number().int(),
    canEdit: z.boolean(),
    /** The shortest wait that may be set. */
    waitMinSeconds: z.number(),
    /** When Radist's connections were first read; null while that still runs. */
    syncedAt: z.string().nullable(),
    /** Accepted messages bring no receipts any more. */
    webhooksLookDead: z.boolean(),
    messengers: z.array(messengerSchema),
  })
  .openapi('Cascade')
export type CascadeView = z.infer<typeof cascadeSchema>
export type MessengerView = z.infer<typeof messengerSchema>
export type ConnectionView = z.infer<typeof connectionSchema>

/** What an admin saves: the whole order at once, with the version that it was made from. */
export const cascadeChangeSchema = z
  .object({
    version: z.number().int(),
    messengers: z
      .array(
        z.strictObject({
          type: z.string(),
          isOn: z.boolean(),
          waitSeconds: z.number().positive().max(WAIT_MAX_SECONDS),
          success: successSchema,
          tickedConnectionIds: z.array(z.number().int()).max(5000),
        }),
      )
      .max(100),
  })
  .openapi('CascadeChange')
export type CascadeChange = z.infer<typeof cascadeChangeSchema>

/** One thing that is different between two states of a cascade: for its history, and for two admins. */
export const cascadeDifferenceSchema = z.discriminatedUnion('kind', [
  /** Positions count from 1. */
  z.object({ kind: z.literal('moved'), messenger: z.string(), from: z.number(), to: z.number() }),
  z.object({ kind: z.literal('switched'), messenger: z.string(), isOn: z.boolean() }),
  z.object({ kind: z.literal('wait'), messenger: z.string(), from: z.number(), to: z.number() }),
  z.object({
    kind: z.literal('success'),
    messenger: z.string(),
    from: successSchema,
    to: successSchema,
  }),
  z.object({
    kind: z.literal('connections'),
    messenger: z.string(),
    isTicked: z.boolean(),
    connectionIds: z.array(z.number()),
  }),
])
export type CascadeDifference = z.infer<typeof cascadeDifferenceSchema>

/** The last changes, the latest first. */
export const cascadeHistorySchema = z
  .object({
    changes: z.array(
      z.object({
        at: z.string(),
        /** As Kommo names them; null when it does not say. */
        userName: z.string().nullable(),
        userId: z.number().int(),
        version: z.number().int(),
        differences: z.array(cascadeDifferenceSchema),
      }),
    ),
  })
  .openapi('CascadeHistory')
export type CascadeHistory = z.infer<typeof cascadeHistorySchema>

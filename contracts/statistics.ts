import { z } from '@hono/zod-openapi'

/** What became of attempts. `late`: delivered after the run had ended; they are among the others, too. */
const countsSchema = z.object({
  attempts: z.number().int(),
  delivered: z.number().int(),
  fellThrough: z.number().int(),
  failed: z.number().int(),
  unknown: z.number().int(),
  late: z.number().int(),
})
export type AttemptCounts = z.infer<typeof countsSchema>

const daySchema = z.object({ day: z.string(), counts: countsSchema })
export type DayCounts = z.infer<typeof daySchema>

/** From the send to the delivery, in milliseconds; late deliveries are among them. */
const timesSchema = z.object({
  deliveries: z.number().int(),
  p50Ms: z.number(),
  p90Ms: z.number(),
  p99Ms: z.number(),
})
export type DeliveryTimes = z.infer<typeof timesSchema>

const messengerSchema = z.object({
  messenger: z.string(),
  name: z.string(),
  counts: countsSchema,
  times: timesSchema.nullable(),
  /** Null for a messenger that is not in the cascade any more. */
  waitSeconds: z.number().nullable(),
  /** The wait that 98 of 100 deliveries keep to; null when it is the present one, or too few are known. */
  suggestedWaitSeconds: z.number().nullable(),
  /** Every day of the range, the first one first. */
  days: z.array(daySchema),
})
export type MessengerStatistics = z.infer<typeof messengerSchema>

const connectionSchema = z.object({
  connectionId: z.number().int(),
  name: z.string(),
  messenger: z.string(),
  counts: countsSchema,
  times: timesSchema.nullable(),
})

/** Days are the account's own, such as `2026-11-22`. Tests are not counted. */
export const statisticsSchema = z
  .object({
    from: z.string(),
    to: z.string(),
    timeZone: z.string(),
    runs: z.object({
      total: z.number().int(),
      delivered: z.number().int(),
      /** Delivered by the chat that was there already. */
      existingChat: z.number().int(),
    }),
    messengers: z.array(messengerSchema),
    /** Only connections that were used. */
    connections: z.array(connectionSchema),
  })
  .openapi('Statistics')
export type Statistics = z.infer<typeof statisticsSchema>

export const connectionDaysSchema = z.object({ days: z.array(daySchema) }).openapi('ConnectionDays')
export type ConnectionDays = z.infer<typeof connectionDaysSchema>

export const statisticsQuerySchema = z.object({
  days: z.coerce.number().int().min(1).max(366).default(30),
})

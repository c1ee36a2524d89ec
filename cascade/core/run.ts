import { z } from 'zod'
import { successSchema } from '../../contracts/cascade.ts'
import { notDeliveredReasonSchema } from '../../contracts/history.ts'

/**
 * A run: one execution of the cascade for one call of SalesBot. Everything that `decide` knows stands
 * here and is stored as one JSON text, so a process can be killed at any moment and another goes on.
 * Times are milliseconds since the epoch.
 */

/** One request to the provider. A text with an image whose caption fits is one part. */
const partSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({
    kind: z.enum(['image', 'file']),
    fileId: z.string(),
    name: z.string(),
    size: z.number(),
    caption: z.string(),
  }),
])
export type Part = z.infer<typeof partSchema>

/**
 * How far one part of an attempt has come. The order is the rank: it only ever rises, so receipts may
 * come twice and in any order. A delivery outranks an error: the phone has the message.
 */
const PART_STATUSES = [
  'unsent',
  'sending',
  'rejected',
  'unknown',
  'accepted',
  'error',
  'delivered',
  'read',
] as const
const partStatusSchema = z.enum(PART_STATUSES)
export type PartStatus = z.infer<typeof partStatusSchema>

const attemptPartSchema = z.object({
  status: partStatusSchema,
  messageId: z.string().optional(),
  sentAt: z.number().optional(),
})

const attemptSchema = z.object({
  number: z.number().int(),
  origin: z.enum(['existing_chat', 'cascade']),
  messenger: z.string(),
  connectionId: z.number().int(),
  chatId: z.number().int(),
  parts: z.array(attemptPartSchema),
  startedAt: z.number(),
  /** Its error was the connection's own, so it does not count as its messenger's attempt. */
  connectionFailed: z.boolean(),
})
export type Attempt = z.infer<typeof attemptSchema>

/** A messenger of the cascade as it stood when the run started. */
const stepSchema = z.object({
  messenger: z.string(),
  isOn: z.boolean(),
  waitSeconds: z.number(),
  success: successSchema,
  canWriteFirst: z.boolean(),
  newChatBy: z.array(z.enum(['phone', 'username'])),
  imageMaxBytes: z.number().optional(),
  fileMaxBytes: z.number().optional(),
})
export type Step = z.infer<typeof stepSchema>

const addressSchema = z.object({ kind: z.enum(['phone', 'username']), value: z.string() })
export type Address = z.infer<typeof addressSchema>

const existingChatSchema = z.object({
  chatId: z.number().int(),
  connectionId: z.number().int(),
  messenger: z.string(),
})

/** Whom a run is about. */
const whoSchema = z.object({
  /** null in runs of before it was stored. */
  contactId: z.number().nullable().default(null),
  contactName: z.string(),
  /** Empty without a deal, and in runs of before it was stored. */
  leadName: z.string().default(''),
})
export type Who = z.infer<typeof whoSchema>

/** What was read before the first attempt. */
const gatheredSchema = whoSchema.extend({
  phones: z.array(z.string()),
  usernames: z.array(z.string()),
  parts: z.array(partSchema),
  warnings: z.array(z.object({ mask: z.string(), reason: z.enum(['unknown', 'empty']) })),
  /** null: none was found; 'syncing': the index of chats is not complete yet. */
  existingChat: z.union([existingChatSchema, z.literal('syncing'), z.null()]),
  steps: z.array(stepSchema),
})
export type Gathered = z.infer<typeof gatheredSchema>

const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('delivered'),
    attempt: z.number().int(),
    messenger: z.string(),
    by: z.enum(['receipt', 'reply', 'accepted']),
  }),
  z.object({ kind: z.literal('not_delivered'), reason: notDeliveredReasonSchema }),
])
export type Outcome = z.infer<typeof outcomeSchema>

/** `step` is the messenger's place in `gathered.steps`; `tried` are connections that failed by themselves. */
const phaseSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('gathering') }),
  z.object({ name: z.literal('choosing'), step: z.number(), tried: z.array(z.number()) }),
  z.object({
    name: z.literal('creating_chat'),
    step: z.number(),
    tried: z.array(z.number()),
    connectionId: z.number(),
    address: addressSchema,
  }),
  z.object({
    name: z.literal('queueing'),
    step: z.number().nullable(),
    tried: z.array(z.number()),
  }),
  z.object({
    name: z.literal('sending'),
    step: z.number().nullable(),
    tried: z.array(z.number()),
    part: z.number(),
  }),
  z.object({
    name: z.literal('waiting'),
    step: z.number().nullable(),
    tried: z.array(z.number()),
    deadlineAt: z.number(),
    /** The deadline has passed, and the chat is read for evidence of an unknown send. */
    isReadingBack: z.boolean(),
  }),
  z.object({ name: z.literal('ended'), outcome: outcomeSchema, endedAt: z.number() }),
])
export type Phase = z.infer<typeof phaseSchema>

/** The call that lets the bot go on. Only a bot's run has one. */
const continuationSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('none') }),
  z.object({ state: z.literal('pending'), tries: z.number() }),
  z.object({ state: z.literal('held'), tries: z.number() }),
  z.object({
    state: z.literal('settled'),
    as: z.enum(['accepted', 'gone', 'refused', 'given_up']),
  }),
])

export const runSchema = z.object({
  id: z.string(),
  createdAt: z.number(),
  /** No attempt starts later than this. */
  expiresAt: z.number(),
  phase: phaseSchema,
  gathered: gatheredSchema.nullable(),
  /** The contact of a run that could not be begun, as far as it was read. */
  unreached: whoSchema.nullable().default(null),
  attempts: z.array(attemptSchema),
  /** The step in hand was put off until then: 429, or a service that did not answer. */
  retryAt: z.number().nullable(),
  /** How often in a row the step in hand was put off. */
  retries: z.number(),
  continuation: continuationSchema,
  note: z.enum(['none', 'pending', 'done']),
})
export type Run = z.infer<typeof runSchema>

export function newRun(
  params: Readonly<{
    id: string
    now: number
    lifetimeSeconds: number
    hasReturnUrl: boolean
    writesNote: boolean
  }>,
): Run {
  return {
    id: params.id,
    createdAt: params.now,
    expiresAt: params.now + params.lifetimeSeconds * 1000,
    phase: { name: 'gathering' },
    gathered: null,
    unreached: null,
    attempts: [],
    retryAt: null,
    retries: 0,
    continuation: params.hasReturnUrl ? { state: 'pending', tries: 0 } : { state: 'none' },
    note: params.writesNote ? 'pending' : 'none',
  }
}

export function whoOf(run: Run): Who | null {
  return run.gathered ?? run.unreached
}

export function rankOf(status: PartStatus): number {
  return PART_STATUSES.indexOf(status)
}

/** The higher of two statuses: the only way in which a part's status may change. */
export function higher(a: PartStatus, b: PartStatus): PartStatus {
  return rankOf(b) > rankOf(a) ? b : a
}

export function isSettled(run: Run): boolean {
  return (
    run.phase.name === 'ended' && run.continuation.state !== 'pending' && run.note !== 'pending'
  )
}

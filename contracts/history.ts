import { z } from 'zod'

/**
 * A run's history: what was known, what was decided, why, with each line's time beside it. It is what
 * a person reads to understand the run, so every skip, answer and piece of news has a line.
 */

const NOT_DELIVERED_REASONS = [
  'message_empty',
  'message_invalid',
  'message_too_long',
  'file_missing',
  'entity_not_found',
  'no_contact',
  'no_address',
  'kommo_unavailable',
  'kommo_disconnected',
  'radist_disconnected',
  'no_messenger',
  'nobody_delivered',
  'too_late',
  'contact_erased',
] as const
export const notDeliveredReasonSchema = z.enum(NOT_DELIVERED_REASONS)
export type NotDeliveredReason = z.infer<typeof notDeliveredReasonSchema>

/** Why a request to Radist failed. Only `connection` errors are known not to be the contact's. */
const providerErrorSchema = z.object({
  scope: z.enum(['connection', 'other']),
  /** A code of the closed list, for people and statistics; never a provider's text. */
  code: z.enum([
    'connection_unpaid',
    'connection_not_in_subscription',
    'connection_logged_out',
    'connection_deleted',
    'rejected',
    'unreachable',
    'key_refused',
  ]),
  httpStatus: z.number().optional(),
})
export type ProviderError = z.infer<typeof providerErrorSchema>

const skipReasonSchema = z.enum([
  'off',
  'existing_chat_was_its_attempt',
  'no_address',
  'cannot_write_first',
  'file_too_large',
  'none_ticked',
  'none_can_send',
  'new_chats_used_up',
  'connections_failed',
])
export type SkipReason = z.infer<typeof skipReasonSchema>

const part = { attempt: z.number(), part: z.number() }
const connection = { messenger: z.string(), connectionId: z.number() }
const receiptStatus = z.enum(['delivered', 'read', 'error'])

export const historyEntrySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started') }),
  z.object({ type: z.literal('restarted'), graceUntil: z.number().nullable() }),
  z.object({
    type: z.literal('gathered'),
    phones: z.number(),
    usernames: z.number(),
    warnings: z.number(),
    parts: z.number(),
  }),
  z.object({ type: z.literal('existing_chat_found'), ...connection, chatId: z.number() }),
  z.object({ type: z.literal('existing_chat_none'), reason: z.enum(['not_found', 'syncing']) }),
  z.object({
    type: z.literal('messenger_skipped'),
    messenger: z.string(),
    reason: skipReasonSchema,
  }),
  z.object({ type: z.literal('connection_picked'), ...connection }),
  z.object({ type: z.literal('connection_failed'), ...connection, error: providerErrorSchema }),
  z.object({ type: z.literal('chat_created'), ...connection, by: z.enum(['phone', 'username']) }),
  z.object({ type: z.literal('chat_queued'), attempt: z.number() }),
  z.object({ type: z.literal('attempt_started'), attempt: z.number(), ...connection }),
  z.object({ type: z.literal('part_accepted'), ...part }),
  z.object({ type: z.literal('part_rejected'), ...part, error: providerErrorSchema }),
  z.object({ type: z.literal('part_unknown'), ...part }),
  z.object({ type: z.literal('part_found'), ...part }),
  z.object({ type: z.literal('receipt'), ...part, status: receiptStatus }),
  z.object({ type: z.literal('reply'), attempt: z.number() }),
  z.object({ type: z.literal('waiting'), attempt: z.number(), deadlineAt: z.number() }),
  z.object({
    type: z.literal('attempt_failed'),
    attempt: z.number(),
    reason: z.enum(['error', 'rejected', 'silent', 'unknown', 'partial']),
  }),
  z.object({
    type: z.literal('put_off'),
    retryAt: z.number(),
    cause: z.enum(['busy', 'unavailable']).optional(),
  }),
  z.discriminatedUnion('outcome', [
    z.object({
      type: z.literal('ended'),
      outcome: z.literal('delivered'),
      attempt: z.number(),
      messenger: z.string(),
    }),
    z.object({
      type: z.literal('ended'),
      outcome: z.literal('not_delivered'),
      reason: notDeliveredReasonSchema,
    }),
  ]),
  z.object({
    type: z.literal('late'),
    attempt: z.number(),
    status: z.enum(['delivered', 'read', 'error', 'reply']),
  }),
  z.object({
    type: z.literal('continued'),
    result: z.enum(['accepted', 'gone', 'refused', 'held', 'failed', 'given_up']),
  }),
  z.object({ type: z.literal('note_written') }),
])
export type HistoryEntry = z.infer<typeof historyEntrySchema>

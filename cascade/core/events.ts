import type { AddressKind } from '../../contracts/messengers.ts'
import type { Address, Gathered, NotDeliveredReason } from './run.ts'

/** Why a request to Radist failed. Only `connection` errors are known not to be the contact's. */
export type ProviderError = {
  scope: 'connection' | 'other'
  /** A code of the closed list, for people and statistics; never a provider's text. */
  code:
    | 'connection_unpaid'
    | 'connection_not_in_subscription'
    | 'connection_logged_out'
    | 'connection_deleted'
    | 'rejected'
    | 'unreachable'
    | 'key_refused'
  httpStatus?: number
}

/** Everything that can happen to a run. Effects answer with events, too. */
export type RunEvent =
  | { type: 'started' }
  | { type: 'restarted' }
  | { type: 'woken' }
  | { type: 'gathered'; gathered: Gathered }
  | { type: 'gathering_failed'; reason: NotDeliveredReason }
  | { type: 'put_off'; cause: 'busy' | 'unavailable'; retryAfterMs: number | null }
  | { type: 'connection_picked'; connectionId: number }
  | { type: 'no_connection'; reason: 'none_ticked' | 'none_can_send' }
  | { type: 'chat_created'; chatId: number }
  | { type: 'chat_refused'; error: ProviderError }
  | { type: 'chat_free' }
  | { type: 'part_accepted'; attempt: number; part: number; messageId: string }
  | { type: 'part_rejected'; attempt: number; part: number; error: ProviderError }
  | { type: 'part_unknown'; attempt: number; part: number }
  | { type: 'receipt'; messageId: string; status: 'delivered' | 'read' | 'error' }
  | {
      type: 'echo'
      chatId: number
      messageId: string
      kind: string
      text: string
      createdAt: number
    }
  | { type: 'read_back' }
  | { type: 'reply'; chatId: number; createdAt: number }
  | { type: 'continued'; result: 'accepted' | 'gone' | 'refused' | 'held' | 'failed' }
  | { type: 'continue_asked_again' }
  | { type: 'note_claimed' }

/** What the shell is to do. Each follows from the run's state alone, so a restart finds it again. */
export type Command =
  | { type: 'gather' }
  | { type: 'pick_connection'; messenger: string; except: readonly number[] }
  | { type: 'create_chat'; connectionId: number; address: Address }
  | { type: 'queue_for_chat'; chatId: number }
  | { type: 'read_back'; attempt: number }
  | { type: 'send_part'; attempt: number; part: number }
  | { type: 'continue_bot' }
  | { type: 'write_note' }

/** One line of a run's history: what was known, what was decided, why. */
export type HistoryEntry =
  | { type: 'started' }
  | { type: 'restarted'; graceUntil: number | null }
  | {
      type: 'gathered'
      phones: number
      usernames: number
      warnings: number
      parts: number
    }
  | { type: 'existing_chat_found'; messenger: string; connectionId: number; chatId: number }
  | { type: 'existing_chat_none'; reason: 'not_found' | 'syncing' }
  | { type: 'messenger_skipped'; messenger: string; reason: SkipReason }
  | { type: 'connection_picked'; messenger: string; connectionId: number }
  | { type: 'connection_failed'; messenger: string; connectionId: number; error: ProviderError }
  | { type: 'chat_created'; messenger: string; connectionId: number; by: AddressKind }
  | { type: 'attempt_started'; attempt: number; messenger: string; connectionId: number }
  | { type: 'part_accepted'; attempt: number; part: number }
  | { type: 'part_rejected'; attempt: number; part: number; error: ProviderError }
  | { type: 'part_unknown'; attempt: number; part: number }
  | { type: 'part_found'; attempt: number; part: number }
  | { type: 'receipt'; attempt: number; part: number; status: 'delivered' | 'read' | 'error' }
  | { type: 'reply'; attempt: number }
  | { type: 'waiting'; attempt: number; deadlineAt: number }
  | {
      type: 'attempt_failed'
      attempt: number
      reason: 'error' | 'rejected' | 'silent' | 'unknown' | 'partial'
    }
  | { type: 'put_off'; retryAt: number }
  | { type: 'ended'; outcome: 'delivered'; attempt: number; messenger: string }
  | { type: 'ended'; outcome: 'not_delivered'; reason: NotDeliveredReason }
  | { type: 'late'; attempt: number; status: 'delivered' | 'read' | 'error' | 'reply' }
  | { type: 'continued'; result: 'accepted' | 'gone' | 'refused' | 'held' | 'failed' | 'given_up' }
  | { type: 'note_written' }

export type SkipReason =
  | 'off'
  | 'existing_chat_was_its_attempt'
  | 'no_address'
  | 'cannot_write_first'
  | 'file_too_large'
  | 'none_ticked'
  | 'none_can_send'
  | 'connections_failed'

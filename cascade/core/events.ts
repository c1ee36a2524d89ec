import type { ProviderError, NotDeliveredReason } from '../../contracts/history.ts'
import type { Address, Gathered, Who } from './run.ts'

/** Receipts of a message that came before the run knew that the message is its own. */
export type Early = readonly ('delivered' | 'read' | 'error')[]

export type NoConnectionReason = 'none_ticked' | 'none_can_send' | 'new_chats_used_up'

/** Everything that can happen to a run. Effects answer with events, too. */
export type RunEvent =
  | { type: 'started' }
  | { type: 'restarted' }
  /** What its process was at is done by another; `claim` says that it is still left to be taken. */
  | { type: 'taken_over'; claim?: string }
  | { type: 'woken' }
  | { type: 'gathered'; gathered: Gathered }
  | { type: 'gathering_failed'; reason: NotDeliveredReason; who?: Who }
  | { type: 'contact_erased' }
  /** The integration was taken out of its account. */
  | { type: 'disconnected' }
  /** Its texts are older than the account keeps them. */
  | { type: 'texts_expired' }
  | { type: 'put_off'; cause: 'busy' | 'unavailable'; retryAfterMs: number | null }
  | { type: 'connection_picked'; connectionId: number }
  | { type: 'no_connection'; reason: NoConnectionReason }
  /** `isNew`: it was not there before, so it counts against a plan's new chats. */
  | { type: 'chat_created'; chatId: number; isNew?: boolean }
  | { type: 'chat_refused'; error: ProviderError }
  | { type: 'chat_busy' }
  | { type: 'chat_free' }
  | { type: 'part_accepted'; attempt: number; part: number; messageId: string; early?: Early }
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
      early?: Early
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

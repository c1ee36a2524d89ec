import type { Generated } from 'kysely'

/** The tables, as Kysely sees them. `…_at` are milliseconds since the epoch, flags are 0 or 1. */
export type Tables = {
  accounts: {
    id: number
    subdomain: string
    kommo_token: string
    radist_key: string | null
    radist_url: string | null
    radist_company_id: number | null
    radist_secret: string
    country: string | null
    language: string
    time_zone: string | null
    currency: string | null
    username_field_id: number | null
    writes_note: number
    cascade_version: number
    radist_synced_at: number | null
    chats_synced_at: number | null
    webhook_url: string | null
    sync_problem: string | null
    created_at: number
    /** When it last got keys of Kommo's. */
    connected_at: number
  }
  messengers: {
    account_id: number
    type: string
    position: number
    is_on: number
    is_new: number
    wait_seconds: number | null
    success: string
    can_write_first: number
    new_chat_by: string
  }
  connections: {
    account_id: number
    connection_id: number
    messenger: string
    name: string
    state: string
    ticked: number
    is_new: number
    webhook_id: string | null
    last_turn: number
    resting_until: number | null
    rests: number
  }
  chats: {
    account_id: number
    chat_id: number
    connection_id: number
    phone: string | null
    username: string | null
    last_active_at: number
    last_inbound_at: number | null
  }
  runs: {
    id: string
    account_id: number
    origin: string
    entity_type: string
    entity_id: number
    return_url: string | null
    token_issued_at: number | null
    token_hash: string | null
    message: string
    state: string
    phase: string
    is_settled: number
    wake_at: number | null
    created_at: number
    ended_at: number | null
    /** The main contact, once it was read. */
    contact_id: number | null
    /** Its continue waits until the account is connected again. */
    is_held: number
  }
  run_history: {
    seq: Generated<number>
    run_id: string
    account_id: number
    at: number
    entry: string
  }
  sent_messages: {
    account_id: number
    message_id: string
    run_id: string
    chat_id: number
  }
  erased_contacts: { account_id: number; contact_id: number; erased_at: number }
  run_chats: { account_id: number; chat_id: number; run_id: string; started_at: number }
  chat_queue: { seq: Generated<number>; account_id: number; chat_id: number; run_id: string }
  receipts: {
    id: Generated<number>
    account_id: number
    message_id: string
    status: string
    received_at: number
    matched_run_id: string | null
  }
  files: {
    id: string
    account_id: number
    name: string
    size: number
    kind: string
    mime_type: string
    state: string
    /** Of the bytes, once they are all there. */
    sha256: string | null
    created_at: number
    kept_at: number | null
    last_used_at: number | null
  }
  sign_in_codes: {
    code_hash: string
    account_id: number
    user_id: number
    is_admin: number
    expires_at: number
  }
  sessions: {
    token_hash: string
    account_id: number
    user_id: number
    is_admin: number
    expires_at: number
  }
}

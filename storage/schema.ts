import type { Generated } from 'kysely'

/** The tables, as Kysely sees them. `…_at` are milliseconds since the epoch, flags are 0 or 1. */
export type Tables = {
  accounts: {
    id: number
    subdomain: string
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
    /** How long the texts of ended runs are kept. */
    retention_days: number
    /** What a sync under way is at, and how many chats it has read. */
    sync_stage: string | null
    sync_count: number
    /** Where a sync of chats goes on that was stopped. */
    sync_cursor: string | null
    /** When its connections and webhooks are to be looked at next; 0: at once. */
    check_at: number
    /** The process that reads its chats, where there are several. */
    chats_read_by: string | null
    /** The host of another service whose webhooks and ours displace one another. */
    webhook_rival: string | null
  }
  kommo_grants: {
    account_id: number
    access_token: string
    refresh_token: string | null
    expires_at: number | null
    /** When it is to be renewed, used or not. */
    renew_at: number | null
    issued_at: number
    granted_at: number
    granted_by: number | null
    problem: string | null
    leased_until: number | null
  }
  oauth_states: { state_hash: string; account_id: number | null; expires_at: number }
  /** The account's custom fields as Kommo listed them. */
  kommo_fields: { account_id: number; fields: string; read_at: number }
  /** The processes that work on this database, where there can be several. */
  workers: { id: string; seen_at: number }
  /** When the next request may leave, where several processes share a limit. */
  limiters: { key: string; next_at: number }
  /** Uploads that a process is receiving bytes for, where several can. */
  upload_locks: { id: string; holder: string; held_until: number; is_wanted: number }
  /** One row, written by whoever wants to know whether anything can be written. */
  heartbeat: { id: number; at: number }
  /** Webhooks of kinds that nobody knows yet: their shape without any value. */
  unknown_events: {
    account_id: number
    name: string
    count: number
    shape: string
    last_at: number
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
    /** New chats a month that its plan allows, where an admin said so. */
    new_chats_max: number | null
    /** New chats in this month, `2026-11`; plans count by calendar months. */
    new_chats_month: string | null
    new_chats: number
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
    /** The process that carries out what it asks for, where there are several. */
    worker: string | null
    /** The next six are what runs are looked for by. */
    outcome: string
    has_late_news: Generated<number>
    bot_id: number | null
    /** Of all attempts, each once between commas: `,whatsapp,max_personal,`. */
    messengers: string
    connections: string
    /** Who and what it is about, in lower case without accents. */
    search_text: string
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
    created_at: number
  }
  cascade_changes: {
    seq: Generated<number>
    account_id: number
    at: number
    user_id: number
    version: number
    changes: string
  }
  /** Counters of ended runs by the account's own days; tests are not counted. */
  daily_runs: {
    account_id: number
    day: string
    runs: number
    delivered: number
    existing_chat: number
  }
  daily_attempts: {
    account_id: number
    day: string
    connection_id: number
    messenger: string
    attempts: number
    delivered: number
    fell_through: number
    failed: number
    unknown: number
    late: number
  }
  /** How many deliveries took no longer than `within_ms`, and longer than the next smaller bound. */
  delivery_times: {
    account_id: number
    day: string
    connection_id: number
    messenger: string
    within_ms: number
    count: number
  }
}

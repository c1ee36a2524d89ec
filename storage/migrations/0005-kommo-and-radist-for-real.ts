import { sql, type Kysely } from 'kysely'

/**
 * Grants of Kommo's that are renewed, the consent flow's states, field lists at hand; a chat sync that
 * goes on where it stopped, what is known of foreign webhooks, new chats counted by month, and events
 * that nobody knows yet.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  await schema
    .createTable('kommo_grants')
    .addColumn('account_id', 'bigint', column => column.primaryKey())
    .addColumn('access_token', 'text', column => column.notNull())
    .addColumn('refresh_token', 'text')
    .addColumn('expires_at', 'bigint')
    .addColumn('renew_at', 'bigint')
    .addColumn('issued_at', 'bigint', column => column.notNull())
    .addColumn('granted_at', 'bigint', column => column.notNull())
    .addColumn('granted_by', 'bigint')
    .addColumn('problem', 'text')
    .addColumn('leased_until', 'bigint')
    .execute()
  await schema
    .createIndex('kommo_grants_renew_at_idx')
    .on('kommo_grants')
    .column('renew_at')
    .execute()
  await sql`
    insert into kommo_grants (account_id, access_token, issued_at, granted_at)
    select id, kommo_token, connected_at, connected_at from accounts
  `.execute(db)
  await schema.alterTable('accounts').dropColumn('kommo_token').execute()

  await schema
    .createTable('oauth_states')
    .addColumn('state_hash', 'text', column => column.primaryKey())
    .addColumn('account_id', 'bigint')
    .addColumn('expires_at', 'bigint', column => column.notNull())
    .execute()
  await schema
    .createTable('kommo_fields')
    .addColumn('account_id', 'bigint', column => column.primaryKey())
    .addColumn('fields', 'text', column => column.notNull())
    .addColumn('read_at', 'bigint', column => column.notNull())
    .execute()

  await schema.alterTable('accounts').addColumn('sync_cursor', 'text').execute()
  await schema
    .alterTable('accounts')
    .addColumn('check_at', 'bigint', column => column.notNull().defaultTo(0))
    .execute()
  await schema.createIndex('accounts_check_at_idx').on('accounts').column('check_at').execute()
  await schema.alterTable('accounts').addColumn('webhook_rival', 'text').execute()
  await schema.alterTable('connections').addColumn('new_chats_max', 'integer').execute()
  await schema.alterTable('connections').addColumn('new_chats_month', 'text').execute()
  await schema
    .alterTable('connections')
    .addColumn('new_chats', 'integer', column => column.notNull().defaultTo(0))
    .execute()
  await schema
    .createTable('heartbeat')
    .addColumn('id', 'integer', column => column.primaryKey())
    .addColumn('at', 'bigint', column => column.notNull())
    .execute()
  await schema
    .createTable('unknown_events')
    .addColumn('account_id', 'bigint', column => column.notNull())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('count', 'integer', column => column.notNull())
    .addColumn('shape', 'text', column => column.notNull())
    .addColumn('last_at', 'bigint', column => column.notNull())
    .addPrimaryKeyConstraint('unknown_events_pkey', ['account_id', 'name'])
    .execute()
}

import { sql, type Kysely } from 'kysely'

/** What erasing a contact, resuming held runs and noticing dead webhooks need. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  await schema.alterTable('runs').addColumn('contact_id', 'bigint').execute()
  await schema
    .alterTable('runs')
    .addColumn('is_held', 'integer', column => column.notNull().defaultTo(0))
    .execute()
  await schema
    .createIndex('runs_account_id_contact_id_idx')
    .on('runs')
    .columns(['account_id', 'contact_id'])
    .execute()
  await schema
    .createIndex('runs_account_id_entity_idx')
    .on('runs')
    .columns(['account_id', 'entity_type', 'entity_id'])
    .execute()
  await schema
    .createIndex('runs_held_idx')
    .on('runs')
    .column('account_id')
    .where(sql.ref('is_held'), '=', 1)
    .execute()
  await schema
    .alterTable('accounts')
    .addColumn('connected_at', 'bigint', column => column.notNull().defaultTo(0))
    .execute()
  await schema
    .alterTable('sent_messages')
    .addColumn('accepted_at', 'bigint', column => column.notNull().defaultTo(0))
    .execute()
  await schema
    .alterTable('sent_messages')
    .addColumn('expects_receipt', 'integer', column => column.notNull().defaultTo(0))
    .execute()
  await schema
    .createIndex('sent_messages_account_id_accepted_at_idx')
    .on('sent_messages')
    .columns(['account_id', 'accepted_at'])
    .execute()
  await schema
    .createIndex('receipts_account_id_received_at_idx')
    .on('receipts')
    .columns(['account_id', 'received_at'])
    .execute()
  await schema
    .createIndex('receipts_unclaimed_idx')
    .on('receipts')
    .column('received_at')
    .where(sql.ref('matched_run_id'), 'is', null)
    .execute()
  await schema
    .createTable('erased_contacts')
    .addColumn('account_id', 'bigint', column => column.notNull())
    .addColumn('contact_id', 'bigint', column => column.notNull())
    .addColumn('erased_at', 'bigint', column => column.notNull())
    .addPrimaryKeyConstraint('erased_contacts_pk', ['account_id', 'contact_id'])
    .execute()
}

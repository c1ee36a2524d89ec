import { sql, type Kysely } from 'kysely'

/** What erasing a contact and resuming held runs need; indexes that hold no more than is looked for. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  // One process keeps its limiters in memory.
  await schema.dropTable('limiters').execute()
  await schema.alterTable('runs').addColumn('contact_id', 'bigint').execute()
  await schema
    .alterTable('runs')
    .addColumn('is_held', 'integer', column => column.notNull().defaultTo(0))
    .execute()
  await schema
    .alterTable('accounts')
    .addColumn('connected_at', 'bigint', column => column.notNull().defaultTo(0))
    .execute()
  await schema
    .createIndex('runs_account_id_contact_id_idx')
    .on('runs')
    .columns(['account_id', 'contact_id'])
    .where(sql.ref('contact_id'), 'is not', null)
    .execute()
  await schema
    .createIndex('runs_held_idx')
    .on('runs')
    .column('account_id')
    .where(sql.ref('is_held'), '=', sql.lit(1))
    .execute()
  await schema.dropIndex('runs_wake_at_idx').execute()
  await schema
    .createIndex('runs_wake_at_idx')
    .on('runs')
    .column('wake_at')
    .where(sql.ref('wake_at'), 'is not', null)
    .execute()
  await schema.dropIndex('runs_is_settled_idx').execute()
  await schema
    .createIndex('runs_open_idx')
    .on('runs')
    .column('created_at')
    .where(sql.ref('is_settled'), '=', sql.lit(0))
    .execute()
  // Ids of runs rise with time, so neighbours in time are neighbours on the disk.
  await schema.dropIndex('run_history_account_id_run_id_idx').execute()
  await schema.createIndex('run_history_run_id_idx').on('run_history').column('run_id').execute()
  for (const column of ['phone', 'username']) {
    await schema.dropIndex(`chats_account_id_${column}_idx`).execute()
    await schema
      .createIndex(`chats_account_id_${column}_idx`)
      .on('chats')
      .columns(['account_id', column])
      .where(sql.ref(column), 'is not', null)
      .execute()
  }
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

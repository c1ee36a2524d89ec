import { sql, type Kysely } from 'kysely'
import { isPostgres } from './dialects.ts'

/**
 * What several processes on one database tell each other: which of them live, which of them carries out
 * what a run asks for, who may send a request next, who receives an upload, who reads an account's chats.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  await schema.alterTable('runs').addColumn('worker', 'text').execute()
  await schema.alterTable('accounts').addColumn('chats_read_by', 'text').execute()
  await schema
    .createTable('workers')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('seen_at', 'double precision', column => column.notNull())
    .execute()
  await schema
    .createTable('limiters')
    .addColumn('key', 'text', column => column.primaryKey())
    .addColumn('next_at', 'double precision', column => column.notNull())
    .execute()
  await schema
    .createTable('upload_locks')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('holder', 'text', column => column.notNull())
    .addColumn('held_until', 'bigint', column => column.notNull())
    .addColumn('is_wanted', 'integer', column => column.notNull())
    .execute()
  if (!isPostgres(db)) return
  // What is being worked on: few rows, found without a look at those that wait.
  await schema
    .createIndex('runs_worked_on_idx')
    .on('runs')
    .column('worker')
    .where(sql.ref('is_settled'), '=', sql.lit(0))
    .where(sql.ref('wake_at'), 'is', null)
    .execute()
  // A run is written some ten times: room beside it saves its indexes most of these.
  await sql`alter table runs set (fillfactor = 60)`.execute(db)
  await sql`alter table limiters set (fillfactor = 50)`.execute(db)
}

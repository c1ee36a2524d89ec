import type { Kysely } from 'kysely'

/** A file has a row from the first byte on, so quotas count it, and it is used once it was checked. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  await schema
    .alterTable('files')
    .addColumn('state', 'text', column => column.notNull().defaultTo('ready'))
    .execute()
  await schema.alterTable('files').addColumn('sha256', 'text').execute()
}

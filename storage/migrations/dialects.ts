import { PostgresAdapter, type ColumnDefinitionBuilder, type Kysely } from 'kysely'

export function isPostgres(db: Kysely<unknown>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter
}

/** The type and definition of a key that counts up by itself. */
export function countingKey(
  db: Kysely<unknown>,
): ['bigserial' | 'integer', (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder] {
  return isPostgres(db)
    ? ['bigserial', column => column.primaryKey()]
    : ['integer', column => column.primaryKey().autoIncrement()]
}

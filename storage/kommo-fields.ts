import type { Queryable } from './database.ts'

/** The account's lists of custom fields as Kommo gave them, JSON text. */
export async function readKommoFields(
  db: Queryable,
  accountId: number,
): Promise<{ fields: unknown; readAt: number } | null> {
  const row = await db
    .selectFrom('kommo_fields')
    .select(['fields', 'read_at'])
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row ? { fields: JSON.parse(row.fields), readAt: row.read_at } : null
}

export async function saveKommoFields(
  db: Queryable,
  accountId: number,
  fields: object,
  now: number,
): Promise<void> {
  const values = { fields: JSON.stringify(fields), read_at: now }
  await db
    .insertInto('kommo_fields')
    .values({ account_id: accountId, ...values })
    .onConflict(conflict => conflict.column('account_id').doUpdateSet(values))
    .execute()
}

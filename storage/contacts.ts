import type { Queryable } from './database.ts'
import { prepare, type Value } from './prepare.ts'

/** Notes that a contact was erased, so that a run which is just reading it does not bring it back. */
export async function rememberErasure(
  db: Queryable,
  accountId: number,
  contactId: number,
  erasedAt: number,
): Promise<void> {
  await db
    .insertInto('erased_contacts')
    .values({ account_id: accountId, contact_id: contactId, erased_at: erasedAt })
    .onConflict(conflict =>
      conflict.columns(['account_id', 'contact_id']).doUpdateSet({ erased_at: erasedAt }),
    )
    .execute()
}

const erasureOf = prepare((db, value: Value<{ accountId: number; contactId: number }>) =>
  db
    .selectFrom('erased_contacts')
    .select('erased_at')
    .where('account_id', '=', value('accountId'))
    .where('contact_id', '=', value('contactId')),
)

export async function isContactErasedSince(
  db: Queryable,
  accountId: number,
  contactId: number,
  since: number,
): Promise<boolean> {
  const [row] = await erasureOf(db, { accountId, contactId })
  return row !== undefined && row.erased_at >= since
}

/** All runs that have read a contact, open and ended. */
export async function runsOfContact(
  db: Queryable,
  accountId: number,
  contactId: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('runs')
    .select('id')
    .where('account_id', '=', accountId)
    .where('contact_id', '=', contactId)
    .execute()
  return rows.map(row => row.id)
}

import { z } from 'zod'
import type { Queryable } from './database.ts'

export type ReceiptStatus = 'delivered' | 'read' | 'error'
const statusSchema = z.enum(['delivered', 'read', 'error'])

/** The mailbox: a receipt is kept whether or not anybody waits for it. The same one twice is one. */
export async function storeReceipt(
  db: Queryable,
  receipt: { accountId: number; messageId: string; status: ReceiptStatus; receivedAt: number },
): Promise<void> {
  await db
    .insertInto('receipts')
    .values({
      account_id: receipt.accountId,
      message_id: receipt.messageId,
      status: receipt.status,
      received_at: receipt.receivedAt,
      matched_run_id: null,
    })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** Runs that a receipt lies in the mailbox for: a crash came between storing and applying it. */
export async function runsWithMail(db: Queryable): Promise<{ id: string; accountId: number }[]> {
  return db
    .selectFrom('receipts')
    .innerJoin('sent_messages', join =>
      join
        .onRef('sent_messages.account_id', '=', 'receipts.account_id')
        .onRef('sent_messages.message_id', '=', 'receipts.message_id'),
    )
    .select(['sent_messages.run_id as id', 'sent_messages.account_id as accountId'])
    .distinct()
    .where('receipts.matched_run_id', 'is', null)
    .execute()
}

/** So many accepted messages in a row without any receipt in the account are no coincidence. */
const SILENT_MESSAGES = 5
const RECEIPT_COMES_WITHIN_MS = 10 * 60_000

/** Whether accepted messages bring no receipts at all any more, so that webhooks look dead. */
export async function webhooksLookDead(
  db: Queryable,
  accountId: number,
  now: number,
): Promise<boolean> {
  const sent = await db
    .selectFrom('sent_messages')
    .select('accepted_at')
    .where('account_id', '=', accountId)
    .where('expects_receipt', '=', 1)
    .where('accepted_at', '<', now - RECEIPT_COMES_WITHIN_MS)
    .orderBy('accepted_at', 'desc')
    .limit(SILENT_MESSAGES)
    .execute()
  const oldest = sent.at(-1)
  if (!oldest || sent.length < SILENT_MESSAGES) return false
  const received = await db
    .selectFrom('receipts')
    .select('id')
    .where('account_id', '=', accountId)
    .where('received_at', '>=', oldest.accepted_at)
    .limit(1)
    .executeTakeFirst()
  return received === undefined
}

/** Receipts of messages that none of our runs sent: people write through the same connections. */
export async function deleteUnclaimedReceipts(db: Queryable, before: number): Promise<void> {
  await db
    .deleteFrom('receipts')
    .where('matched_run_id', 'is', null)
    .where('received_at', '<', before)
    .execute()
}

/** Receipts of a message that no run has taken yet, oldest first; they are taken by this run now. */
export async function takeReceipts(
  db: Queryable,
  accountId: number,
  messageId: string,
  runId: string,
): Promise<ReceiptStatus[]> {
  const rows = await db
    .updateTable('receipts')
    .set({ matched_run_id: runId })
    .where('account_id', '=', accountId)
    .where('message_id', '=', messageId)
    .where('matched_run_id', 'is', null)
    .returning(['id', 'status'])
    .execute()
  return rows.toSorted((a, b) => a.id - b.id).map(row => statusSchema.parse(row.status))
}

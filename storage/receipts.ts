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

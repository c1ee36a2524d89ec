import { z } from 'zod'
import type { Queryable } from './database.ts'
import { prepare, type Value } from './prepare.ts'
import type { Tables } from './schema.ts'

export type ReceiptStatus = 'delivered' | 'read' | 'error'
const statusSchema = z.enum(['delivered', 'read', 'error'])

type ReceiptRow = Pick<
  Tables['receipts'],
  'account_id' | 'message_id' | 'status' | 'received_at' | 'matched_run_id'
>
const insertReceipt = prepare((db, value: Value<ReceiptRow>) =>
  db
    .insertInto('receipts')
    .values({
      account_id: value('account_id'),
      message_id: value('message_id'),
      status: value('status'),
      received_at: value('received_at'),
      matched_run_id: value('matched_run_id'),
    })
    .onConflict(conflict => conflict.doNothing()),
)

/** The mailbox: a receipt is kept whether or not anybody waits for it. The same one twice is one. */
export async function storeReceipt(
  db: Queryable,
  receipt: {
    accountId: number
    messageId: string
    status: ReceiptStatus
    receivedAt: number
    /** The run that is told of it at once, if it is known already. */
    runId: string | null
  },
): Promise<void> {
  await insertReceipt(db, {
    account_id: receipt.accountId,
    message_id: receipt.messageId,
    status: receipt.status,
    received_at: receipt.receivedAt,
    matched_run_id: receipt.runId,
  })
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

/** Receipts of messages that none of our runs sent: people write through the same connections. */
export async function deleteUnclaimedReceipts(db: Queryable, before: number): Promise<void> {
  await db
    .deleteFrom('receipts')
    .where('matched_run_id', 'is', null)
    .where('received_at', '<', before)
    .execute()
}

const unclaimed = prepare((db, value: Value<{ accountId: number; messageId: string }>) =>
  db
    .selectFrom('receipts')
    .select('status')
    .where('account_id', '=', value('accountId'))
    .where('message_id', '=', value('messageId'))
    .where('matched_run_id', 'is', null)
    .orderBy('id'),
)

/** Receipts of a message that no run has taken yet, oldest first; they stay where they are. */
export async function unclaimedReceipts(
  db: Queryable,
  accountId: number,
  messageId: string,
): Promise<ReceiptStatus[]> {
  const rows = await unclaimed(db, { accountId, messageId })
  return rows.map(row => statusSchema.parse(row.status))
}

const claimReceipts = prepare(
  (db, value: Value<{ accountId: number; messageId: string; runId: string }>) =>
    db
      .updateTable('receipts')
      .set({ matched_run_id: value('runId') })
      .where('account_id', '=', value('accountId'))
      .where('message_id', '=', value('messageId'))
      .where('matched_run_id', 'is', null)
      .returning(['id', 'status']),
)

/** Receipts of a message that no run has taken yet, oldest first; they are taken by this run now. */
export async function takeReceipts(
  db: Queryable,
  accountId: number,
  messageId: string,
  runId: string,
): Promise<ReceiptStatus[]> {
  const rows = await claimReceipts(db, { accountId, messageId, runId })
  return rows.toSorted((a, b) => a.id - b.id).map(row => statusSchema.parse(row.status))
}

import pg from 'pg'
import type { Pool } from './pool.ts'

const ASK_AGAIN_MS = 250
/** "transaction ID … is in the future": the server that answers now has never had it. */
const NEVER_WAS = '22023'

/**
 * What became of a commit whose answer did not come: only the server knows, so it is asked until it says so.
 * @param transaction what `pg_current_xact_id()` said inside it
 * @throws when the pool has ended meanwhile
 */
export async function wasCommitted(pool: Pool, transaction: string): Promise<boolean> {
  for (;;) {
    const status = await ask(pool, transaction)
    if (status !== 'in progress') return status === 'committed'
    await new Promise(resolve => {
      setTimeout(resolve, ASK_AGAIN_MS)
    })
  }
}

async function ask(pool: Pool, transaction: string): Promise<unknown> {
  const text = 'select pg_xact_status($1::xid8) as status'
  try {
    const { rows } = await pool.query({ name: 'was-committed', text, values: [transaction] })
    const [row] = rows as { status: string | null }[]
    return row?.status
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === NEVER_WAS) return 'aborted'
    if (pool.hasEnded()) throw error
    return 'in progress'
  }
}

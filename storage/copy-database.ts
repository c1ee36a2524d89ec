import { sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'
import { openWaits } from './runs.ts'
import type { Tables } from './schema.ts'
import { noteWakeUp, type Transact } from './transact.ts'

/** What is copied, and the column that counts up by itself, where there is one. */
const COPIED = {
  accounts: null,
  kommo_grants: null,
  oauth_states: null,
  kommo_fields: null,
  unknown_events: null,
  messengers: null,
  connections: null,
  chats: null,
  runs: null,
  run_history: 'seq',
  sent_messages: null,
  erased_contacts: null,
  run_chats: null,
  chat_queue: 'seq',
  receipts: 'id',
  files: null,
  sign_in_codes: null,
  sessions: null,
  cascade_changes: 'seq',
  daily_runs: null,
  daily_attempts: null,
  delivery_times: null,
} as const satisfies Record<Exclude<keyof Tables, OfProcesses>, string | null>
/** What only running processes say to each other. */
type OfProcesses = 'workers' | 'limiters' | 'upload_locks' | 'heartbeat'

const BATCH = 1000

/**
 * Copies everything from SQLite into an empty PostgreSQL database, in one transaction.
 * @param copied told of each table when it is done
 * @throws Error for a person to read, when the target is not empty
 */
export async function copyDatabase(
  from: Database,
  to: Database,
  copied: (table: string, rows: number) => void,
): Promise<void> {
  await to.transaction().execute(async target => {
    const account = await target.selectFrom('accounts').select('id').limit(1).executeTakeFirst()
    if (account)
      throw new Error('The PostgreSQL database holds accounts already: it must be empty.')
    for (const [table, counter] of Object.entries(COPIED)) {
      copied(table, await copyTable(from, target, table))
      if (counter === null) continue
      await sql`
        select setval(pg_get_serial_sequence(${table}, ${counter}),
          (select coalesce(max(${sql.ref(counter)}), 0) + 1 from ${sql.table(table)}), false)
      `.execute(target)
    }
  })
}

async function copyTable(from: Database, to: Transaction<Tables>, table: string): Promise<number> {
  let count = 0
  for (let after = 0; ;) {
    const { rows } = await sql<Record<string, unknown> & { '~row': number }>`
      select rowid as "~row", * from ${sql.table(table)}
      where rowid > ${after} order by rowid limit ${BATCH}
    `.execute(from)
    const last = rows.at(-1)
    if (!last) return count
    after = last['~row']
    count += rows.length
    const columns = Object.keys(last).filter(column => column !== '~row')
    const names = sql.join(columns.map(column => sql.ref(column)))
    // Which type each value has is told by the table's columns.
    await sql`
      insert into ${sql.table(table)} (${names}) select ${names}
      from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)
    `.execute(to)
  }
}

/** Has every run that waits woken in time. To be called once its database is open for work. */
export async function scheduleWaits(database: Database, transact: Transact): Promise<number> {
  const waits = await openWaits(database)
  for (let from = 0; from < waits.length; from += BATCH) {
    await transact(null, async db => {
      for (const wait of waits.slice(from, from + BATCH)) noteWakeUp(db, wait)
    })
  }
  return waits.length
}

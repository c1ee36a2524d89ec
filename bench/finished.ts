import { createDatabase, PostgresServer, runStatement } from '../e2e/support/postgres.ts'
import { openDatabase, type Database } from '../storage/database.ts'
import { listRuns, type RunFilter } from '../storage/run-list.ts'
import { ACCOUNTS, fillAccounts, waitingRun } from './accounts.ts'
import { throughput } from './load.ts'
import type { Outside } from './outside.ts'
import { startAll } from './postgres.ts'
import { freePort, kill } from './processes.ts'
import { median, print, progress, round, share, target, type Row, type Target } from './report.ts'

/**
 * What years of finished runs cost: the live path and the activity in a database that is new (baseline), and in
 * one that has so many runs, each with its history, messages, chats and receipts. Their texts are as long as
 * they are before they are erased.
 */
const CASCADES = 3000
const HISTORY_LINES = 3
const DAYS = 365
const SETTINGS = { shared_buffers: '1GB', max_wal_size: '8GB', maintenance_work_mem: '512MB' }

/** What the live path asks for again and again, and what looks for work. `$…` are values of the filled rows. */
const PLANS = {
  'a run by its id': `select * from runs where id = '${idOf(77)}'`,
  'the last run of a return URL': `select * from runs where account_id = 78
    and return_url = 'https://bench-78.kommo.com/api/v4/salesbot/1/continue/77' order by created_at desc limit 1`,
  'the runs of a hook’s token': `select return_url, created_at from runs where account_id = 78 and token_hash = 'hash-77'`,
  'the run of a message': `select run_id from sent_messages where account_id = 78 and message_id = 'old-77'`,
  'the runs of a chat': `select run_id from run_chats where account_id = 78 and chat_id = 77 order by started_at desc limit 5`,
  'a contact’s chats': `select * from chats where account_id = 78 and phone = '+34600000077'`,
  'runs that are overdue': `select id, account_id from runs where wake_at <= 1 order by wake_at limit 500`,
  'runs that nobody alive is at': `select id from runs where is_settled = 0 and wake_at is null
    and not exists (select 1 from workers where workers.id = split_part(runs.worker, '/', 1))`,
  'accounts with held bots': `select distinct accounts.id from runs join accounts on accounts.id = runs.account_id where is_held = 1`,
  'texts that are to be erased': `select runs.id from accounts join runs on runs.account_id = accounts.id
    where runs.ended_at < 0 - accounts.retention_days * 86400000::bigint and runs.message <> '' limit 100`,
  'the newest runs of an account': `select id from runs where account_id = 78 order by created_at desc, id desc limit 50`,
  'an account’s runs that came late': `select id from runs where account_id = 78 and has_late_news = 1
    order by created_at desc, id desc limit 50`,
}

function idOf(index: number): string {
  return `old-${String(index).padStart(9, '0')}`
}

export async function finishedRuns(
  outside: Outside,
  count: number,
): Promise<{ results: Record<string, unknown>; targets: Target[] }> {
  const postgres = await PostgresServer.start(SETTINGS)
  try {
    const speeds: Row[] = []
    const lists: Row[] = []
    let plans: Record<string, string> = {}
    for (const runs of [0, count]) {
      const url = await createDatabase(postgres.url())
      const ports = [await freePort()]
      const publicUrl = `http://127.0.0.1:${ports[0]}`
      await fillAccounts(url, { outsideUrl: `${outside.url}/v2`, publicUrl })
      if (runs > 0) await fill(url, runs)
      await runStatement(url, 'vacuum analyze')
      progress(`cascades beside ${runs} finished runs`)
      const servers = await startAll(outside, url, ports)
      await throughput(outside, servers, CASCADES / 3)
      const rounds = [
        await throughput(outside, servers, CASCADES),
        await throughput(outside, servers, CASCADES),
      ]
      speeds.push({ finishedRuns: runs, ...median(rounds) })
      await Promise.all(servers.map(kill))
      const database = await openDatabase(url)
      lists.push({
        finishedRuns: runs,
        ...(await listing(database)),
        databaseMb: await sizeMb(url),
      })
      if (runs > 0) plans = await explain(url)
      await database.destroy()
    }
    print('Cascades beside finished runs, on PostgreSQL', speeds)
    print('A page of an account’s runs, ms (median of 20)', lists)
    for (const [what, plan] of Object.entries(plans)) process.stdout.write(`\n${what}\n${plan}\n`)
    const [empty, full] = speeds
    const ratio = round(Number(full?.['cascadesPerSecond']) / Number(empty?.['cascadesPerSecond']))
    return {
      results: { speeds, lists, plans },
      targets: [
        target(`cascades beside ${count} finished runs, to those without`, ratio, '≥', 0.85),
      ],
    }
  } finally {
    await postgres.stop()
  }
}

/** As the product would have left them over a year, in the order of time. */
async function fill(url: string, count: number): Promise<void> {
  progress(`${count} finished runs`)
  const now = Date.now()
  const run = waitingRun(1, 11, now)
  const state = JSON.stringify({
    ...run,
    phase: {
      name: 'ended',
      endedAt: now,
      outcome: { kind: 'delivered', attempt: 1, messenger: 'whatsapp', by: 'receipt' },
    },
    continuation: { state: 'none' },
  })
  const text = state.replaceAll("'", "''")
  const at = `${now} - (${count} - i)::bigint * ${DAYS * 86_400_000} / ${count}`
  const id = `'old-' || lpad(i::text, 9, '0')`
  const account = `i % ${ACCOUNTS} + 1`
  for (const statement of [
    `insert into runs (id, account_id, origin, entity_type, entity_id, return_url, token_issued_at, token_hash,
       message, state, phase, is_settled, created_at, ended_at, contact_id, outcome, bot_id, messengers, connections,
       search_text)
     select ${id}, ${account}, 'bot', 'lead', i,
       'https://bench-' || (${account}) || '.kommo.com/api/v4/salesbot/1/continue/' || i, 0, 'hash-' || i,
       case when i < ${count} * 3 / 4 then '' else '{"version":1,"text":"Hello [Contact.Name]"}' end,
       '${text}', 'ended', 1, ${at}, ${at} + 900, i, 'delivered', 1, ',whatsapp,', ',' || (${account}) * 10 + 1 || ',',
       'anna +346' || lpad(i::text, 8, '0') from generate_series(1, ${count}) as i`,
    `insert into run_history (run_id, account_id, at, entry)
     select ${id}, ${account}, ${at}, '{"type":"started"}'
     from generate_series(1, ${count}) as i, generate_series(1, ${HISTORY_LINES})`,
    `insert into sent_messages (account_id, message_id, run_id, chat_id)
     select ${account}, 'old-' || i, ${id}, i from generate_series(1, ${count}) as i`,
    `insert into run_chats (account_id, chat_id, run_id, started_at)
     select ${account}, i, ${id}, ${at} from generate_series(1, ${count}) as i`,
    `insert into receipts (account_id, message_id, status, received_at, matched_run_id)
     select ${account}, 'old-' || i, 'delivered', ${at}, ${id} from generate_series(1, ${count}) as i`,
    `insert into chats (account_id, chat_id, connection_id, phone, last_active_at)
     select ${account}, i, (${account}) * 10 + 1, '+3460' || lpad(i::text, 7, '0'), ${at}
     from generate_series(1, ${count}) as i`,
  ]) {
    await runStatement(url, statement)
  }
}

async function listing(database: Database): Promise<Row> {
  const filters: Record<string, RunFilter> = {
    newestMs: {},
    rareOutcomeMs: { outcome: 'late' },
    nobodysNameMs: { search: 'nobody is called so' },
  }
  const row: Row = {}
  for (const [name, filter] of Object.entries(filters)) {
    const times: number[] = []
    for (let account = 1; account <= 20; account++) {
      const from = performance.now()
      await listRuns(database, account, filter, { before: null, limit: 50 })
      times.push(performance.now() - from)
    }
    row[name] = share(times, 0.5)
  }
  return row
}

async function explain(url: string): Promise<Record<string, string>> {
  const plans: Record<string, string> = {}
  for (const [what, query] of Object.entries(PLANS)) {
    const { rows } = await runStatement(
      url,
      `explain (analyze, buffers, costs off, summary on) ${query}`,
    )
    plans[what] = (rows as { 'QUERY PLAN': string }[]).map(row => row['QUERY PLAN']).join('\n')
  }
  return plans
}

async function sizeMb(url: string): Promise<number> {
  const { rows } = await runStatement(
    url,
    'select pg_database_size(current_database()) / 1048576 as mb',
  )
  return Number((rows as { mb: string }[])[0]?.mb)
}

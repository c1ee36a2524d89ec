import { sql, type Kysely } from 'kysely'
import { countingKey, isPostgres } from './dialects.ts'

/**
 * What the settings app looks for: runs by outcome, bot, messenger, connection and text; counters that
 * outlive the texts; who changed the cascade; how far a sync has come; how long texts are kept.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  const [keyType, asKey] = countingKey(db)
  await addColumns('runs', [
    ['outcome', 'text', 'open'],
    ['has_late_news', 'integer', 0],
    ['messengers', 'text', ''],
    ['connections', 'text', ''],
    ['search_text', 'text', ''],
  ])
  await schema.alterTable('runs').addColumn('bot_id', 'bigint').execute()
  await addColumns('accounts', [
    ['retention_days', 'integer', 90],
    ['sync_count', 'integer', 0],
  ])
  await schema.alterTable('accounts').addColumn('sync_stage', 'text').execute()
  await addColumns('sessions', [['created_at', 'bigint', 0]])
  await describeOldRuns(db as Kysely<OldTables>)

  // A page of runs is found in this index alone, whatever is filtered.
  await schema.dropIndex('runs_account_id_created_at_idx').execute()
  await schema
    .createIndex('runs_activity_idx')
    .on('runs')
    .columns([
      'account_id',
      'created_at',
      'id',
      'outcome',
      'has_late_news',
      'bot_id',
      'entity_type',
      'entity_id',
      // PostgreSQL's indexes take no long texts: there they are read from the rows.
      ...(isPostgres(db) ? [] : ['messengers', 'connections', 'search_text']),
    ])
    .execute()
  await schema
    .createIndex('runs_texts_idx')
    .on('runs')
    .columns(['account_id', 'ended_at'])
    .where(sql.ref('message'), '!=', sql.lit(''))
    .execute()

  await schema
    .createTable('cascade_changes')
    .addColumn('seq', keyType, asKey)
    .addColumn('account_id', 'bigint', column => column.notNull())
    .addColumn('at', 'bigint', column => column.notNull())
    .addColumn('user_id', 'bigint', column => column.notNull())
    .addColumn('version', 'integer', column => column.notNull())
    .addColumn('changes', 'text', column => column.notNull())
    .execute()
  await schema
    .createIndex('cascade_changes_account_id_seq_idx')
    .on('cascade_changes')
    .columns(['account_id', 'seq'])
    .execute()

  await schema
    .createTable('daily_runs')
    .addColumn('account_id', 'bigint', column => column.notNull())
    .addColumn('day', 'text', column => column.notNull())
    .addColumn('runs', 'integer', column => column.notNull())
    .addColumn('delivered', 'integer', column => column.notNull())
    .addColumn('existing_chat', 'integer', column => column.notNull())
    .addPrimaryKeyConstraint('daily_runs_pk', ['account_id', 'day'])
    .execute()
  await schema
    .createTable('daily_attempts')
    .addColumn('account_id', 'bigint', column => column.notNull())
    .addColumn('day', 'text', column => column.notNull())
    .addColumn('connection_id', 'bigint', column => column.notNull())
    .addColumn('messenger', 'text', column => column.notNull())
    .addColumn('attempts', 'integer', column => column.notNull())
    .addColumn('delivered', 'integer', column => column.notNull())
    .addColumn('fell_through', 'integer', column => column.notNull())
    .addColumn('failed', 'integer', column => column.notNull())
    .addColumn('unknown', 'integer', column => column.notNull())
    .addColumn('late', 'integer', column => column.notNull())
    .addPrimaryKeyConstraint('daily_attempts_pk', ['account_id', 'day', 'connection_id'])
    .execute()
  await schema
    .createTable('delivery_times')
    .addColumn('account_id', 'bigint', column => column.notNull())
    .addColumn('day', 'text', column => column.notNull())
    .addColumn('connection_id', 'bigint', column => column.notNull())
    .addColumn('messenger', 'text', column => column.notNull())
    .addColumn('within_ms', 'bigint', column => column.notNull())
    .addColumn('count', 'integer', column => column.notNull())
    .addPrimaryKeyConstraint('delivery_times_pk', [
      'account_id',
      'day',
      'connection_id',
      'within_ms',
    ])
    .execute()

  async function addColumns(
    table: string,
    columns: [string, 'text' | 'integer' | 'bigint', string | number][],
  ): Promise<void> {
    for (const [name, type, initial] of columns) {
      await schema
        .alterTable(table)
        .addColumn(name, type, column => column.notNull().defaultTo(initial))
        .execute()
    }
  }
}

type OldTables = {
  runs: {
    id: string
    return_url: string | null
    state: string
    outcome: string
    bot_id: number | null
    messengers: string
    connections: string
    search_text: string
  }
}
/** As runs were stored when this was written. */
type OldState = {
  phase: { name: string; outcome?: { kind: string } }
  gathered: { contactName: string; phones: string[]; usernames: string[] } | null
  attempts: { messenger: string; connectionId: number }[]
}

async function describeOldRuns(db: Kysely<OldTables>): Promise<void> {
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('runs')
      .select(['id', 'return_url', 'state'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(500)
      .execute()
    for (const { id, return_url: url, state } of rows) {
      const { phase, gathered, attempts } = JSON.parse(state) as OldState
      const { contactName = '', phones = [], usernames = [] } = gathered ?? {}
      await db
        .updateTable('runs')
        .set({
          outcome: phase.outcome?.kind ?? 'open',
          bot_id: Number(/bot\/(\d+)\/continue/u.exec(url ?? '')?.[1] ?? 0) || null,
          messengers: listed(attempts.map(one => one.messenger)),
          connections: listed(attempts.map(one => one.connectionId)),
          search_text: [contactName, ...phones, ...usernames]
            .join(' ')
            .normalize('NFD')
            .replaceAll(/\p{M}/gu, '')
            .toLowerCase(),
        })
        .where('id', '=', id)
        .execute()
    }
    const last = rows.at(-1)
    if (!last) return
    after = last.id
  }
}

function listed(values: readonly (string | number)[]): string {
  return values.length === 0 ? '' : `,${[...new Set(values)].join(',')},`
}

import { Kysely, sql } from 'kysely'
import { expect, it } from 'vitest'
import * as initial from './migrations/0001-initial.ts'
import * as erasureAndHeldRuns from './migrations/0002-erasure-and-held-runs.ts'
import * as checkedFiles from './migrations/0003-checked-files.ts'
import * as activityAndStatistics from './migrations/0004-activity-and-statistics.ts'
import { sqliteDialect } from './sqlite.ts'

it('runs of before can be looked for once the database is brought up to date', async () => {
  const db = new Kysely<unknown>({ dialect: sqliteDialect(':memory:') })
  for (const { up } of [initial, erasureAndHeldRuns, checkedFiles]) await up(db)
  const state = {
    phase: { name: 'ended', outcome: { kind: 'delivered' } },
    gathered: { contactName: 'José', phones: ['+1'], usernames: [] },
    attempts: [
      { messenger: 'whatsapp', connectionId: 1 },
      { messenger: 'whatsapp', connectionId: 2 },
    ],
  }
  const url = 'https://s.kommo.com/api/v4/marketingbot/42/continue/9'
  await sql`insert into runs
    (id, account_id, origin, entity_type, entity_id, return_url, message, state, phase, is_settled, created_at)
    values ('a', 1, 'bot', 'lead', 5, ${url}, '{}', ${JSON.stringify(state)}, 'ended', 1, 1)`.execute(
    db,
  )
  await activityAndStatistics.up(db)
  const { rows } = await sql`select * from runs`.execute(db)
  expect(rows[0]).toMatchObject({
    outcome: 'delivered',
    bot_id: 42,
    messengers: ',whatsapp,',
    connections: ',1,2,',
    search_text: 'jose +1',
    has_late_news: 0,
  })
  await db.destroy()
})

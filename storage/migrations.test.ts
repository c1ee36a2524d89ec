import { Kysely, sql } from 'kysely'
import { expect, it } from 'vitest'
import * as initial from './migrations/0001-initial.ts'
import * as erasureAndHeldRuns from './migrations/0002-erasure-and-held-runs.ts'
import * as checkedFiles from './migrations/0003-checked-files.ts'
import * as activityAndStatistics from './migrations/0004-activity-and-statistics.ts'
import * as forReal from './migrations/0005-kommo-and-radist-for-real.ts'
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

it('tokens of before are grants of a long life, still sealed', async () => {
  const db = new Kysely<unknown>({ dialect: sqliteDialect(':memory:') })
  for (const { up } of [initial, erasureAndHeldRuns, checkedFiles, activityAndStatistics]) {
    await up(db)
  }
  await sql`insert into accounts
    (id, subdomain, kommo_token, radist_secret, language, writes_note, cascade_version, created_at, connected_at)
    values (7, 's', 'v1.sealed', 'r', 'en', 1, 1, 5, 6)`.execute(db)
  await forReal.up(db)
  const { rows } = await sql`select * from kommo_grants`.execute(db)
  expect(rows).toEqual([
    {
      account_id: 7,
      access_token: 'v1.sealed',
      refresh_token: null,
      expires_at: null,
      renew_at: null,
      issued_at: 6,
      granted_at: 6,
      granted_by: null,
      problem: null,
      leased_until: null,
    },
  ])
  const account = await sql<{ check_at: number }>`select * from accounts`.execute(db)
  expect(account.rows[0]).not.toHaveProperty('kommo_token')
  expect(account.rows[0]?.check_at).toBe(0)
  await db.destroy()
})

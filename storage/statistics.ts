import { sql } from 'kysely'
import { boundOf, type DeliveryTimes } from '../cascade/core/delivery-times.ts'
import type { Counts } from '../cascade/core/statistics.ts'
import type { Queryable } from './database.ts'
import { prepare, type Value } from './prepare.ts'
import type { Tables } from './schema.ts'
import { together } from './transact.ts'

const timeZones = prepare((db, value: Value<{ id: number }>) =>
  db.selectFrom('accounts').select('time_zone').where('id', '=', value('id')),
)
const addRun = prepare((db, value: Value<Tables['daily_runs']>) =>
  db
    .insertInto('daily_runs')
    .values({
      account_id: value('account_id'),
      day: value('day'),
      runs: value('runs'),
      delivered: value('delivered'),
      existing_chat: value('existing_chat'),
    })
    .onConflict(conflict =>
      conflict.columns(['account_id', 'day']).doUpdateSet(({ ref, eb }) => ({
        runs: eb('daily_runs.runs', '+', ref('excluded.runs')),
        delivered: eb('daily_runs.delivered', '+', ref('excluded.delivered')),
        existing_chat: eb('daily_runs.existing_chat', '+', ref('excluded.existing_chat')),
      })),
    ),
)
const addAttempt = prepare((db, value: Value<Tables['daily_attempts']>) =>
  db
    .insertInto('daily_attempts')
    .values({
      account_id: value('account_id'),
      day: value('day'),
      connection_id: value('connection_id'),
      messenger: value('messenger'),
      attempts: value('attempts'),
      delivered: value('delivered'),
      fell_through: value('fell_through'),
      failed: value('failed'),
      unknown: value('unknown'),
      late: value('late'),
    })
    .onConflict(conflict =>
      conflict.columns(['account_id', 'day', 'connection_id']).doUpdateSet(({ ref, eb }) => ({
        attempts: eb('daily_attempts.attempts', '+', ref('excluded.attempts')),
        delivered: eb('daily_attempts.delivered', '+', ref('excluded.delivered')),
        fell_through: eb('daily_attempts.fell_through', '+', ref('excluded.fell_through')),
        failed: eb('daily_attempts.failed', '+', ref('excluded.failed')),
        unknown: eb('daily_attempts.unknown', '+', ref('excluded.unknown')),
        late: eb('daily_attempts.late', '+', ref('excluded.late')),
      })),
    ),
)
const addTime = prepare((db, value: Value<Tables['delivery_times']>) =>
  db
    .insertInto('delivery_times')
    .values({
      account_id: value('account_id'),
      day: value('day'),
      connection_id: value('connection_id'),
      messenger: value('messenger'),
      within_ms: value('within_ms'),
      count: value('count'),
    })
    .onConflict(conflict =>
      conflict
        .columns(['account_id', 'day', 'connection_id', 'within_ms'])
        .doUpdateSet(({ ref, eb }) => ({
          count: eb('delivery_times.count', '+', ref('excluded.count')),
        })),
    ),
)

/** Adds what a run's step counts to the account's day on which the run began. */
export async function addCounts(
  db: Queryable,
  accountId: number,
  startedAt: number,
  counts: Counts,
): Promise<void> {
  const [account] = await timeZones(db, { id: accountId })
  const of = { account_id: accountId, day: dayOf(startedAt, account?.time_zone ?? null) }
  const { run, attempts, times } = counts
  await together([
    run && addRunCount(db, of, run),
    addAttempts(db, of, attempts),
    addTimes(db, of, times),
  ])
}

type Of = { account_id: number; day: string }

async function addRunCount(db: Queryable, of: Of, run: NonNullable<Counts['run']>): Promise<void> {
  await addRun(db, {
    ...of,
    runs: 1,
    delivered: run.isDelivered ? 1 : 0,
    existing_chat: run.byExistingChat ? 1 : 0,
  })
}

/** One after the other: two may count in the same row. */
async function addAttempts(db: Queryable, of: Of, attempts: Counts['attempts']): Promise<void> {
  for (const { connectionId, messenger, result } of attempts) {
    await addAttempt(db, {
      ...of,
      connection_id: connectionId,
      messenger,
      // A late delivery is of an attempt that was counted when its run ended.
      attempts: result === 'late' ? 0 : 1,
      delivered: result === 'delivered' ? 1 : 0,
      fell_through: result === 'fell_through' ? 1 : 0,
      failed: result === 'failed' ? 1 : 0,
      unknown: result === 'unknown' ? 1 : 0,
      late: result === 'late' ? 1 : 0,
    })
  }
}

async function addTimes(db: Queryable, of: Of, times: Counts['times']): Promise<void> {
  for (const { connectionId, messenger, ms } of times) {
    const time = { connection_id: connectionId, messenger, within_ms: boundOf(ms), count: 1 }
    await addTime(db, { ...of, ...time })
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** The day of a moment where the account is, such as `2026-11-22`. */
export function dayOf(at: number, timeZone: string | null): string {
  const zone = timeZone ?? 'UTC'
  const known = formatters.get(zone)
  if (known) return known.format(at)
  // Swedish dates are written that way.
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
  let formatter: Intl.DateTimeFormat
  try {
    formatter = new Intl.DateTimeFormat('sv', { timeZone: zone, ...parts })
  } catch {
    formatter = new Intl.DateTimeFormat('sv', { timeZone: 'UTC', ...parts })
  }
  formatters.set(zone, formatter)
  return formatter.format(at)
}

type Days = { from: string; to: string }
export type AttemptCounts = {
  attempts: number
  delivered: number
  fellThrough: number
  failed: number
  unknown: number
  late: number
}
export type RunCounts = { day: string; runs: number; delivered: number; existingChat: number }

export async function readRunCounts(
  db: Queryable,
  accountId: number,
  { from, to }: Days,
): Promise<RunCounts[]> {
  return db
    .selectFrom('daily_runs')
    .select(['day', 'runs', 'delivered', 'existing_chat as existingChat'])
    .where('account_id', '=', accountId)
    .where('day', '>=', from)
    .where('day', '<=', to)
    .orderBy('day')
    .execute()
}

/** By connection over all the days, or by messenger and day; of one connection, by day. */
export async function readAttemptCounts(
  db: Queryable,
  accountId: number,
  { from, to }: Days,
  by: 'connection' | 'messenger_and_day' | { connectionId: number },
): Promise<(AttemptCounts & { messenger: string; connectionId: number; day: string })[]> {
  const { sum } = db.fn
  const rows = await db
    .selectFrom('daily_attempts')
    .select([
      'messenger',
      by === 'messenger_and_day'
        ? sql<number>`0`.as('connectionId')
        : 'connection_id as connectionId',
      by === 'connection' ? sql<string>`''`.as('day') : 'day',
      sum<number>('attempts').as('attempts'),
      sum<number>('delivered').as('delivered'),
      sum<number>('fell_through').as('fellThrough'),
      sum<number>('failed').as('failed'),
      sum<number>('unknown').as('unknown'),
      sum<number>('late').as('late'),
    ])
    .where('account_id', '=', accountId)
    .where('day', '>=', from)
    .where('day', '<=', to)
    .$if(typeof by === 'object', query =>
      query.where('connection_id', '=', typeof by === 'object' ? by.connectionId : 0),
    )
    .groupBy(
      by === 'messenger_and_day'
        ? ['messenger', 'day']
        : by === 'connection'
          ? ['messenger', 'connection_id']
          : ['messenger', 'connection_id', 'day'],
    )
    .execute()
  return rows.map(row => ({
    messenger: row.messenger,
    connectionId: row.connectionId,
    day: row.day,
    attempts: Number(row.attempts),
    delivered: Number(row.delivered),
    fellThrough: Number(row.fellThrough),
    failed: Number(row.failed),
    unknown: Number(row.unknown),
    late: Number(row.late),
  }))
}

/** How long deliveries took, by connection. */
export async function readDeliveryTimes(
  db: Queryable,
  accountId: number,
  { from, to }: Days,
): Promise<{ messenger: string; connectionId: number; times: DeliveryTimes }[]> {
  const rows = await db
    .selectFrom('delivery_times')
    .select(eb => [
      'messenger',
      'connection_id',
      'within_ms',
      eb.fn.sum<number>('count').as('count'),
    ])
    .where('account_id', '=', accountId)
    .where('day', '>=', from)
    .where('day', '<=', to)
    .groupBy(['messenger', 'connection_id', 'within_ms'])
    .execute()
  const found = new Map<
    number,
    { messenger: string; connectionId: number; times: Map<number, number> }
  >()
  for (const { messenger, connection_id: connectionId, within_ms: bound, count } of rows) {
    const one = found.get(connectionId) ?? { messenger, connectionId, times: new Map() }
    one.times.set(bound, Number(count))
    found.set(connectionId, one)
  }
  return [...found.values()]
}

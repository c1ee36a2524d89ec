import { createRoute, z } from '@hono/zod-openapi'
import {
  countOf,
  percentileMs,
  suggestedWaitSeconds,
  type DeliveryTimes as Times,
} from '../../cascade/core/delivery-times.ts'
import { NO_ATTEMPTS, sumOfCounts } from '../../contracts/attempt-counts.ts'
import { messengerFacts } from '../../contracts/messengers.ts'
import {
  connectionDaysSchema,
  statisticsQuerySchema,
  statisticsSchema,
  type AttemptCounts,
  type DayCounts,
  type DeliveryTimes,
  type Statistics,
} from '../../contracts/statistics.ts'
import type { Account } from '../../storage/accounts.ts'
import { readCascade } from '../../storage/cascades.ts'
import {
  dayOf,
  readAttemptCounts,
  readDeliveryTimes,
  readRunCounts,
} from '../../storage/statistics.ts'
import { errorResponses, jsonOf, newApi } from '../openapi.ts'
import type { ApiServices } from '../services.ts'
import { requireOwnOrigin, requireSession, type SettingsVariables } from './session.ts'

const DAY_MS = 24 * 3600_000

const statisticsRoute = createRoute({
  method: 'get',
  path: '/statistics',
  request: { query: statisticsQuerySchema },
  responses: { 200: jsonOf(statisticsSchema, 'What became of messages'), ...errorResponses },
})
const connectionRoute = createRoute({
  method: 'get',
  path: '/statistics/connections/{id}',
  request: {
    params: z.object({ id: z.coerce.number().int().positive() }),
    query: statisticsQuerySchema,
  },
  responses: { 200: jsonOf(connectionDaysSchema, 'One connection, by day'), ...errorResponses },
})

/** Counters without anything personal: everybody of the account sees them. */
export function statisticsRoutes(services: ApiServices) {
  const { clock, database } = services
  const app = newApi<SettingsVariables>()
  for (const path of ['/statistics', '/statistics/*']) {
    app.use(path, requireOwnOrigin(services), requireSession(services))
  }
  return app
    .openapi(statisticsRoute, async context => {
      const { days } = context.req.valid('query')
      return context.json(await statisticsOf(services, context.get('account'), days), 200)
    })
    .openapi(connectionRoute, async context => {
      const account = context.get('account')
      const days = daysUntil(clock.now(), context.req.valid('query').days, account.timeZone)
      const connectionId = context.req.valid('param').id
      const rows = await readAttemptCounts(database, account.id, rangeOf(days), { connectionId })
      return context.json({ days: filled(days, rows) }, 200)
    })
}

async function statisticsOf(
  { clock, database, settings }: ApiServices,
  account: Account,
  count: number,
): Promise<Statistics> {
  const days = daysUntil(clock.now(), count, account.timeZone)
  const range = rangeOf(days)
  const cascade = await readCascade(database, account.id)
  const runs = await readRunCounts(database, account.id, range)
  const byDay = await readAttemptCounts(database, account.id, range, 'messenger_and_day')
  const byConnection = await readAttemptCounts(database, account.id, range, 'connection')
  const times = await readDeliveryTimes(database, account.id, range)

  const known = new Map(
    cascade.flatMap(one => one.connections).map(one => [one.connectionId, one.name]),
  )
  const timesOf = new Map(times.map(one => [one.connectionId, one.times]))
  const types = new Set([...cascade.map(one => one.type), ...byDay.map(one => one.messenger)])
  return {
    ...range,
    timeZone: account.timeZone ?? 'UTC',
    runs: {
      total: sum(runs.map(day => day.runs)),
      delivered: sum(runs.map(day => day.delivered)),
      existingChat: sum(runs.map(day => day.existingChat)),
    },
    messengers: [...types].map(messenger => {
      const own = byDay.filter(row => row.messenger === messenger)
      const step = cascade.find(one => one.type === messenger)
      const waitSeconds = step ? (step.waitSeconds ?? settings.deliveryWaitSeconds) : null
      const added = addedUp(times.filter(one => one.messenger === messenger).map(one => one.times))
      return {
        messenger,
        name: messengerFacts(messenger).name,
        counts: sumOfCounts(own),
        times: percentilesOf(added),
        waitSeconds,
        suggestedWaitSeconds:
          waitSeconds === null ? null : suggestedWaitSeconds(added, waitSeconds),
        days: filled(days, own),
      }
    }),
    connections: byConnection.map(row => ({
      connectionId: row.connectionId,
      name: known.get(row.connectionId) ?? `#${row.connectionId}`,
      messenger: row.messenger,
      counts: countsOf(row),
      times: percentilesOf(timesOf.get(row.connectionId) ?? new Map()),
    })),
  }
}

/** The last days where the account is, today being the last. */
function daysUntil(now: number, count: number, timeZone: string | null): string[] {
  const today = Date.parse(`${dayOf(now, timeZone)}T00:00:00Z`)
  return Array.from({ length: count }, (_, index) =>
    new Date(today - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10),
  )
}

function rangeOf(days: readonly string[]): { from: string; to: string } {
  return { from: days[0] ?? '', to: days.at(-1) ?? '' }
}

function filled(days: readonly string[], rows: readonly (AttemptCounts & { day: string })[]) {
  const byDay = new Map(rows.map(row => [row.day, row]))
  return days.map((day): DayCounts => {
    const row = byDay.get(day)
    return { day, counts: row ? countsOf(row) : NO_ATTEMPTS }
  })
}

function countsOf(row: AttemptCounts): AttemptCounts {
  const { attempts, delivered, fellThrough, failed, unknown, late } = row
  return { attempts, delivered, fellThrough, failed, unknown, late }
}

function addedUp(all: readonly Times[]): Times {
  const result = new Map<number, number>()
  for (const times of all) {
    for (const [bound, count] of times) result.set(bound, (result.get(bound) ?? 0) + count)
  }
  return result
}

function percentilesOf(times: Times): DeliveryTimes | null {
  const [p50Ms, p90Ms, p99Ms] = [0.5, 0.9, 0.99].map(share => percentileMs(times, share))
  if (p50Ms == null || p90Ms == null || p99Ms == null) return null
  return { deliveries: countOf(times), p50Ms, p90Ms, p99Ms }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}

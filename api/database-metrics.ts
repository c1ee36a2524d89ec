import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client'
import type { ApiServices } from './services.ts'

const DAY_MS = 24 * 3600_000

/** What the database knows whenever somebody asks. */
export function addDatabaseMetrics(
  registry: Registry,
  { clock, database }: Pick<ApiServices, 'clock' | 'database'>,
): void {
  const registers: Registry[] = []
  collectDefaultMetrics({ register: registry })
  const gauges = [
    new Gauge({
      name: 'cascade_runs_open',
      help: 'Runs that are not settled, by phase',
      labelNames: ['phase'],
      registers,
      async collect() {
        const rows = await database
          .selectFrom('runs')
          .select(expression => ['phase', expression.fn.countAll<number>().as('count')])
          .where('is_settled', '=', 0)
          .groupBy('phase')
          .execute()
        this.reset()
        for (const row of rows) this.set({ phase: row.phase }, Number(row.count))
      },
    }),
    new Gauge({
      name: 'cascade_runs_held',
      help: 'Bots that wait until their account is connected again, where the integration is installed',
      registers,
      async collect() {
        const row = await database
          .selectFrom('runs')
          .select(expression => expression.fn.countAll<number>().as('count'))
          .innerJoin('kommo_grants', 'kommo_grants.account_id', 'runs.account_id')
          .where('is_held', '=', 1)
          .executeTakeFirst()
        this.set(Number(row?.count ?? 0))
      },
    }),
    new Gauge({
      name: 'cascade_wake_up_late_seconds',
      help: 'How long the earliest due run has been waiting to be woken',
      registers,
      async collect() {
        const row = await database
          .selectFrom('runs')
          .select(expression => expression.fn.min('wake_at').as('at'))
          .where('wake_at', 'is not', null)
          .executeTakeFirst()
        const at = row?.at ?? null
        this.set(at === null ? 0 : Math.max(0, clock.now() - Number(at)) / 1000)
      },
    }),
    new Gauge({
      name: 'cascade_processes',
      help: 'Processes that work on this PostgreSQL database; 0 with SQLite, where there is one',
      registers,
      async collect() {
        const row = await database
          .selectFrom('workers')
          .select(expression => expression.fn.countAll<number>().as('count'))
          .executeTakeFirst()
        this.set(Number(row?.count ?? 0))
      },
    }),
    new Gauge({
      name: 'cascade_accounts',
      help: 'Accounts, by how Kommo lets us in',
      labelNames: ['kommo'],
      registers,
      async collect() {
        const rows = await database
          .selectFrom('accounts')
          .leftJoin('kommo_grants', 'kommo_grants.account_id', 'accounts.id')
          .select(['access_token', 'problem'])
          .execute()
        const counts = { connected: 0, revoked: 0, not_admin: 0, removed: 0 }
        for (const { access_token: token, problem } of rows) {
          if (token === null) counts.removed += 1
          else if (problem === 'revoked' || problem === 'not_admin') counts[problem] += 1
          else counts.connected += 1
        }
        for (const [kommo, value] of Object.entries(counts)) this.set({ kommo }, value)
      },
    }),
    new Gauge({
      name: 'cascade_kommo_token_age_seconds',
      help: 'Age of the oldest access token that is renewed by itself: more than a day is trouble',
      registers,
      async collect() {
        const row = await database
          .selectFrom('kommo_grants')
          .select(expression => expression.fn.min('issued_at').as('at'))
          .where('refresh_token', 'is not', null)
          .where('problem', 'is', null)
          .executeTakeFirst()
        const at = row?.at ?? null
        this.set(at === null ? 0 : Math.max(0, clock.now() - Number(at)) / 1000)
      },
    }),
    new Gauge({
      name: 'cascade_radist_problems',
      help: 'Accounts whose Radist cannot be read, by problem',
      labelNames: ['problem'],
      registers,
      async collect() {
        const rows = await database
          .selectFrom('accounts')
          .select(expression => ['sync_problem', expression.fn.countAll<number>().as('count')])
          .where('sync_problem', 'is not', null)
          .groupBy('sync_problem')
          .execute()
        this.reset()
        for (const row of rows) this.set({ problem: row.sync_problem ?? '' }, Number(row.count))
      },
    }),
    new Gauge({
      name: 'cascade_chat_index_age_days',
      help: 'Age of the oldest chat index; more than two days is trouble',
      registers,
      async collect() {
        const row = await database
          .selectFrom('accounts')
          .select(expression => expression.fn.min('chats_synced_at').as('at'))
          .executeTakeFirst()
        const at = row?.at ?? null
        this.set(at === null ? 0 : Math.max(0, clock.now() - Number(at)) / DAY_MS)
      },
    }),
    new Gauge({
      name: 'cascade_unknown_webhooks',
      help: 'Radist’s webhooks of kinds that nobody knows; `npm run doctor` shows their shapes',
      registers,
      async collect() {
        const row = await database
          .selectFrom('unknown_events')
          .select(expression => expression.fn.sum('count').as('count'))
          .executeTakeFirst()
        this.set(Number(row?.count ?? 0))
      },
    }),
  ]
  for (const gauge of gauges) registry.registerMetric(gauge)
}

import { Hono } from 'hono'
import { sql } from 'kysely'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { HttpError } from './http-error.ts'
import type { ApiServices } from './services.ts'

/** Health, readiness and metrics for whoever operates this. */
export function operationsRoutes({ config, database }: ApiServices): Hono {
  const app = new Hono()
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const runs = new Gauge({
    name: 'cascade_runs_open',
    help: 'Runs that are not settled, by phase',
    labelNames: ['phase'],
    registers: [registry],
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
  })
  runs.reset()

  app.get('/healthz', context => context.json({ status: 'ok' }))
  app.get('/readyz', async context => {
    try {
      await sql`select 1`.execute(database)
      return context.json({ status: 'ready' })
    } catch {
      throw new HttpError('unavailable')
    }
  })
  app.get('/metrics', async context => {
    const isOpen = ['127.0.0.1', 'localhost', '::1'].includes(config.HOST)
    const token = context.req.header('authorization')?.replace(/^Bearer /u, '')
    if (!isOpen && (!config.METRICS_TOKEN || token !== config.METRICS_TOKEN)) {
      throw new HttpError('unauthorized', 'Metrics need METRICS_TOKEN as a bearer token.')
    }
    return context.text(await registry.metrics(), 200, { 'content-type': registry.contentType })
  })
  return app
}

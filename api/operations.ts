import { timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import { HttpError } from './http-error.ts'
import type { ApiServices } from './services.ts'

/** Health, readiness and metrics for whoever operates this. */
export function operationsRoutes(services: ApiServices): Hono {
  const { config, metrics, readiness } = services
  const app = new Hono()

  // The process lives. Restart it when this does not answer.
  app.get('/healthz', context => context.json({ status: 'ok' }))
  // It can take work. Send it none while this is not 200.
  app.get('/readyz', async context => {
    const problems = await readiness.problems()
    context.header('cache-control', 'no-store')
    return problems.length === 0
      ? context.json({ status: 'ready', problems })
      : context.json({ status: 'not_ready', problems }, 503)
  })
  app.get('/metrics', async context => {
    const isOpen = ['127.0.0.1', 'localhost', '::1'].includes(config.HOST)
    const token = context.req.header('authorization')?.replace(/^Bearer /u, '') ?? ''
    if (!isOpen && !isSame(token, config.METRICS_TOKEN)) {
      throw new HttpError('unauthorized', 'Metrics need METRICS_TOKEN as a bearer token.')
    }
    const { registry } = metrics
    return context.text(await registry.metrics(), 200, { 'content-type': registry.contentType })
  })
  return app
}

function isSame(given: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return false
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)]
  return one.length === other.length && timingSafeEqual(one, other)
}

import { Hono } from 'hono'
import { receive } from '../../cascade/receive.ts'
import { shapeOf } from '../../integrations/radist/shape.ts'
import { countUnknownEvent } from '../../storage/unknown-events.ts'
import { parseWebhook } from '../../integrations/radist/webhook.ts'
import { limitBody } from '../body-limit.ts'
import { HttpError } from '../http-error.ts'
import type { ApiServices } from '../services.ts'

const BODY_MAX_BYTES = 1024 * 1024

/**
 * `POST /hooks/radist/{secret}`: Radist's webhooks, one secret per account. They bear no signature,
 * so the secret in the path is what proves them. What is answered with 200 is stored.
 */
export function radistHooks(services: ApiServices): Hono {
  const { accounts, database, engine, clock, transact } = services
  const app = new Hono()
  app.post('/:secret', limitBody(BODY_MAX_BYTES), async context => {
    const account = await accounts.findByRadistSecret(database, context.req.param('secret'))
    if (!account) throw new HttpError('not_found')
    const body: unknown = await context.req.json().catch(() => null)
    const event = parseWebhook(body, clock.now())
    if (!event) {
      // What Radist sends in a form that nobody expected is to be seen by somebody.
      const unreadable = { name: '(unreadable)', shape: shapeOf(body) }
      await transact(account.id, db => countUnknownEvent(db, account.id, unreadable, clock.now()))
      throw new HttpError('invalid_request', 'This is no Radist event.')
    }
    await receive(services, engine, account, event)
    return context.json({ result: 'stored' })
  })
  return app
}

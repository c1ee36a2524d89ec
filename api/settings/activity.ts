import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import { eraseContact } from '../../cascade/erase-contact.ts'
import { sendAgain, type SendAgainProblem } from '../../cascade/send-again.ts'
import { runViewSchema, type RunView } from '../../contracts/activity.ts'
import type { ApiErrorCode } from '../../contracts/errors.ts'
import { findRun } from '../../storage/runs.ts'
import { readHistory } from '../../storage/run-history.ts'
import { HttpError } from '../http-error.ts'
import { errorResponses, jsonOf } from '../openapi.ts'
import type { ApiServices } from '../services.ts'
import { requireOwnOrigin, requireSession, type SettingsVariables } from './session.ts'

const runParams = z.object({ id: z.uuid() })
const contactParams = z.object({ id: z.coerce.number().int().positive() })

const runRoute = createRoute({
  method: 'get',
  path: '/runs/{id}',
  request: { params: runParams },
  responses: { 200: jsonOf(runViewSchema, 'A run with its history'), ...errorResponses },
})
const sendAgainRoute = createRoute({
  method: 'post',
  path: '/runs/{id}/send-again',
  request: { params: runParams },
  responses: {
    200: jsonOf(z.object({ runId: z.string() }), 'The new run'),
    ...errorResponses,
  },
})
const eraseContactRoute = createRoute({
  method: 'delete',
  path: '/contacts/{id}',
  request: { params: contactParams },
  responses: {
    200: jsonOf(z.object({ runs: z.number().int() }), 'How many runs held something of it'),
    ...errorResponses,
  },
})

const SEND_AGAIN_ERRORS: Record<SendAgainProblem, ApiErrorCode> = {
  not_found: 'not_found',
  not_ended: 'run_not_ended',
  erased: 'message_erased',
}

/** What shows contacts and their messages: for admins alone. */
export function activityRoutes(services: ApiServices) {
  const { database, engine } = services
  const app = new OpenAPIHono<SettingsVariables>({
    defaultHook: result => {
      if (!result.success) throw new HttpError('invalid_request', z.prettifyError(result.error))
    },
  })
  const requireAdmin = createMiddleware<SettingsVariables>(async function admin(context, next) {
    if (!context.get('person').isAdmin) throw new HttpError('forbidden')
    await next()
  })
  for (const path of ['/runs/*', '/contacts/*']) {
    app.use(path, requireOwnOrigin(services), requireSession(services), requireAdmin)
  }
  return app
    .openapi(runRoute, async context => {
      const run = await runView(context.get('account').id, context.req.valid('param').id)
      if (!run) throw new HttpError('not_found')
      return context.json(run, 200)
    })
    .openapi(sendAgainRoute, async context => {
      const account = context.get('account')
      const again = await sendAgain(services, engine, account, context.req.valid('param').id)
      if (!again.ok) throw new HttpError(SEND_AGAIN_ERRORS[again.problem])
      return context.json({ runId: again.runId }, 200)
    })
    .openapi(eraseContactRoute, async context => {
      const { id } = context.req.valid('param')
      const runs = await eraseContact(services, engine, context.get('account').id, id)
      return context.json({ runs }, 200)
    })

  async function runView(accountId: number, id: string): Promise<RunView | null> {
    const stored = await findRun(database, id)
    if (!stored || stored.subject.accountId !== accountId) return null
    const { run, subject } = stored
    const history = await readHistory(database, accountId, id)
    return {
      id,
      origin: subject.origin,
      entity: subject.entity,
      phase: run.phase.name,
      createdAt: iso(run.createdAt),
      endedAt: run.phase.name === 'ended' ? iso(run.phase.endedAt) : null,
      history: history.map(({ at, entry }) => ({ at: iso(at), entry })),
    }
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

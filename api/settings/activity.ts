import { createRoute, z } from '@hono/zod-openapi'
import { stream } from 'hono/streaming'
import { eraseContact } from '../../cascade/erase-contact.ts'
import { sendAgain, type SendAgainProblem } from '../../cascade/send-again.ts'
import {
  botsSchema,
  runListSchema,
  runQuerySchema,
  runViewSchema,
} from '../../contracts/activity.ts'
import type { ApiErrorCode } from '../../contracts/errors.ts'
import { findListedRun, listRuns, type RunCursor, type RunFilter } from '../../storage/run-list.ts'
import { HttpError } from '../http-error.ts'
import { errorResponses, jsonOf, newApi } from '../openapi.ts'
import { withRightsOf } from '../recipients.ts'
import type { ApiServices } from '../services.ts'
import { runListItem, runView } from './run-view.ts'
import { runsCsv } from './runs-csv.ts'
import {
  requireAdmin,
  requireOwnOrigin,
  requireSession,
  type SettingsVariables,
} from './session.ts'

const PAGE = 50
const runParams = z.object({ id: z.uuid() })
const contactParams = z.object({ id: z.coerce.number().int().positive() })
const cursorSchema = z
  .string()
  .regex(/^\d{1,15}_[A-Za-z0-9-]{1,64}$/u)
  .transform((text): RunCursor => {
    const at = text.indexOf('_')
    return { createdAt: Number(text.slice(0, at)), id: text.slice(at + 1) }
  })

const runsRoute = createRoute({
  method: 'get',
  path: '/runs',
  request: { query: runQuerySchema.extend({ after: cursorSchema.optional() }) },
  responses: { 200: jsonOf(runListSchema, 'Runs, the latest first'), ...errorResponses },
})
const csvRoute = createRoute({
  method: 'get',
  path: '/runs.csv',
  request: { query: runQuerySchema },
  responses: {
    200: { description: 'The same as CSV', content: { 'text/csv': { schema: z.string() } } },
    ...errorResponses,
  },
})
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
const botsRoute = createRoute({
  method: 'get',
  path: '/bots',
  responses: { 200: jsonOf(botsSchema, 'The account’s bots'), ...errorResponses },
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
  const { database, engine, kommo } = services
  const app = newApi<SettingsVariables>()
  for (const path of ['/runs', '/runs.csv', '/runs/*', '/bots', '/contacts/*']) {
    app.use(path, requireOwnOrigin(services), requireSession(services), requireAdmin)
  }
  return app
    .openapi(runsRoute, async context => {
      const { after, ...query } = context.req.valid('query')
      const page = { before: after ?? null, limit: PAGE + 1 }
      const { id } = context.get('account')
      const found = await listRuns(database, id, filterOf(query), page)
      const shown = found.slice(0, PAGE)
      const last = found.length > PAGE ? shown.at(-1)?.run : undefined
      const next = last ? `${last.createdAt}_${last.id}` : null
      return context.json({ runs: shown.map(runListItem), next }, 200)
    })
    .openapi(csvRoute, context => {
      const filter = filterOf(context.req.valid('query'))
      context.header('content-type', 'text/csv; charset=utf-8')
      context.header('content-disposition', 'attachment; filename="runs.csv"')
      return stream(context, async out => {
        for await (const lines of runsCsv(services, context.get('account').id, filter)) {
          await out.write(lines)
        }
      })
    })
    .openapi(runRoute, async context => {
      const { id: accountId } = context.get('account')
      const found = await findListedRun(database, accountId, context.req.valid('param').id)
      if (!found) throw new HttpError('not_found')
      return context.json(await runView(services, accountId, found), 200)
    })
    .openapi(sendAgainRoute, async context => {
      const account = context.get('account')
      const again = await sendAgain(services, engine, account, context.req.valid('param').id)
      if (!again.ok) throw new HttpError(SEND_AGAIN_ERRORS[again.problem])
      return context.json({ runId: again.runId }, 200)
    })
    .openapi(botsRoute, async context => {
      const access = withRightsOf(context.get('account'), context.get('person'))
      const found = await kommo.bots(access)
      // Without their names, bots are shown by number.
      return context.json({ bots: found.ok ? found.value : [] }, 200)
    })
    .openapi(eraseContactRoute, async context => {
      const { id } = context.req.valid('param')
      const runs = await eraseContact(services, engine, context.get('account').id, id)
      return context.json({ runs }, 200)
    })
}

function filterOf(query: z.infer<typeof runQuerySchema>): RunFilter {
  const { connection, bot, deal, from, to, ...rest } = query
  return {
    ...rest,
    connectionId: connection,
    botId: bot,
    leadId: deal,
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
  }
}

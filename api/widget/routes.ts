import { createRoute, z } from '@hono/zod-openapi'
import {
  signInLinkSchema,
  widgetDealsSchema,
  widgetDealValuesSchema,
  widgetFileSchema,
  widgetFormSchema,
} from '../../contracts/widget-api.ts'
import { touchFile } from '../../storage/files.ts'
import { createSignInCode } from '../../storage/sessions.ts'
import { HttpError } from '../http-error.ts'
import { errorResponses, jsonOf, newApi } from '../openapi.ts'
import { findDeals, valuesOf } from '../recipients.ts'
import type { ApiServices } from '../services.ts'
import { requirePageToken, widgetCors, type WidgetVariables } from './auth.ts'
import { widgetForm } from './form.ts'
import { finishUpload } from './uploads.ts'

const fileParams = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{10,64}$/u) })

const formRoute = createRoute({
  method: 'get',
  path: '/form',
  responses: { 200: jsonOf(widgetFormSchema, 'What the Setup form needs'), ...errorResponses },
})
const dealsRoute = createRoute({
  method: 'get',
  path: '/deals',
  request: { query: z.object({ query: z.string().trim().max(200).default('') }) },
  responses: { 200: jsonOf(widgetDealsSchema, 'Deals that the person may see'), ...errorResponses },
})
const dealRoute = createRoute({
  method: 'get',
  path: '/deals/{id}',
  request: { params: z.object({ id: z.coerce.number().int().positive() }) },
  responses: { 200: jsonOf(widgetDealValuesSchema, 'What masks become'), ...errorResponses },
})
const signInRoute = createRoute({
  method: 'post',
  path: '/sign-in',
  responses: {
    200: jsonOf(signInLinkSchema, 'A one-time link to the settings'),
    ...errorResponses,
  },
})
const fileRoute = createRoute({
  method: 'get',
  path: '/files/{id}',
  request: { params: fileParams },
  responses: { 200: jsonOf(widgetFileSchema, 'A stored file'), ...errorResponses },
})
const keepRoute = createRoute({
  method: 'post',
  path: '/files/{id}/keep',
  request: { params: fileParams },
  responses: { 200: jsonOf(z.object({ kept: z.literal(true) }), 'Kept'), ...errorResponses },
})

/** What the widget asks for, with Kommo's token of the page. */
export function widgetRoutes(services: ApiServices) {
  const { clock, config, database, fileLinks } = services
  const app = newApi<WidgetVariables>()
  app.use('*', widgetCors(services), requirePageToken(services))
  return app
    .openapi(formRoute, async context =>
      context.json(await widgetForm(services, context.get('account'), context.get('person')), 200),
    )
    .openapi(dealsRoute, async context => {
      const { query } = context.req.valid('query')
      const deals = await findDeals(services, context.get('account'), context.get('person'), query)
      return context.json({ deals }, 200)
    })
    .openapi(dealRoute, async context => {
      const { id } = context.req.valid('param')
      const [account, person] = [context.get('account'), context.get('person')]
      const values = await valuesOf(services, account, person, { type: 'lead', id })
      return context.json(values, 200)
    })
    .openapi(signInRoute, async context => {
      const code = await createSignInCode(database, context.get('person'), clock.now())
      return context.json({ url: `${config.PUBLIC_URL}/app/#code=${code}` }, 200)
    })
    .openapi(fileRoute, async context => {
      const { id: accountId } = context.get('account')
      const file = await finishUpload(services, accountId, context.req.valid('param').id)
      if (!file) throw new HttpError('not_found')
      const { id, name, size, kind, mimeType, state } = file
      const url = state === 'ready' ? fileLinks.url(accountId, id, clock.now()) : null
      return context.json({ id, name, size, kind, mimeType, state, url }, 200)
    })
    .openapi(keepRoute, async context => {
      const { id: accountId } = context.get('account')
      const { id } = context.req.valid('param')
      const file = await finishUpload(services, accountId, id)
      if (!file) throw new HttpError('not_found')
      const kept = await touchFile(database, accountId, id, { kept_at: clock.now() })
      if (!kept) throw new HttpError('file_not_ready')
      return context.json({ kept: true as const }, 200)
    })
}

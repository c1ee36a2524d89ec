import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { signInLinkSchema, widgetFileSchema, widgetFormSchema } from '../../contracts/widget-api.ts'
import { findFile, touchFile } from '../../storage/files.ts'
import { createSignInCode } from '../../storage/sessions.ts'
import { HttpError } from '../http-error.ts'
import { errorResponses, jsonOf } from '../openapi.ts'
import type { ApiServices } from '../services.ts'
import { requirePageToken, widgetCors, type WidgetVariables } from './auth.ts'
import { widgetForm } from './form.ts'

const fileParams = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{10,64}$/u) })

const formRoute = createRoute({
  method: 'get',
  path: '/form',
  responses: { 200: jsonOf(widgetFormSchema, 'What the Setup form needs'), ...errorResponses },
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
  const app = new OpenAPIHono<WidgetVariables>()
  app.use('*', widgetCors(services), requirePageToken(services))
  return app
    .openapi(formRoute, async context =>
      context.json(await widgetForm(services, context.get('account'), context.get('person')), 200),
    )
    .openapi(signInRoute, async context => {
      const code = await createSignInCode(database, context.get('person'), clock.now())
      return context.json({ url: `${config.PUBLIC_URL}/app/#code=${code}` }, 200)
    })
    .openapi(fileRoute, async context => {
      const { id: accountId } = context.get('account')
      const file = await findFile(database, accountId, context.req.valid('param').id)
      if (!file) throw new HttpError('not_found')
      const { id, name, size, kind, mimeType } = file
      const url = fileLinks.url(accountId, id, clock.now())
      return context.json({ id, name, size, kind, mimeType, url }, 200)
    })
    .openapi(keepRoute, async context => {
      const { id: accountId } = context.get('account')
      const { id } = context.req.valid('param')
      const found = await touchFile(database, accountId, id, { kept_at: clock.now() })
      if (!found) throw new HttpError('not_found')
      return context.json({ kept: true as const }, 200)
    })
}

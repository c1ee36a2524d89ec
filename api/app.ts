import { OpenAPIHono } from '@hono/zod-openapi'
import { compress } from 'hono/compress'
import { HttpError, answerError } from './http-error.ts'
import { isStorageFailure } from '../storage/failures.ts'
import { errorBody } from '../contracts/errors.ts'
import { filesRoute } from './files.ts'
import { kommoHooks } from './hooks/kommo.ts'
import { radistHooks } from './hooks/radist.ts'
import { kommoOauth } from './oauth/kommo.ts'
import { operationsRoutes } from './operations.ts'
import { pagesRoutes } from './pages.ts'
import { activityRoutes } from './settings/activity.ts'
import { cascadeRoutes } from './settings/cascade.ts'
import { connectionsRoutes } from './settings/connections.ts'
import { signInRoutes } from './settings/sign-in.ts'
import { statisticsRoutes } from './settings/statistics.ts'
import { testSendRoutes } from './settings/test-sends.ts'
import { uploadsRoute } from './widget/uploads.ts'
import { widgetRoutes } from './widget/routes.ts'
import type { ApiServices } from './services.ts'

/** The whole HTTP surface. Tests call `app.request(…)` on the same thing that the server serves. */
export function createApp(services: ApiServices) {
  const app = new OpenAPIHono()
  app.onError((error, context) => {
    if (error instanceof HttpError) return answerError(context, error)
    // Causes may hold tokens or texts: only the error's own name and stack are logged.
    if (isStorageFailure(error)) {
      // Nothing was stored, so it must not look so: whoever called is to call again.
      services.log.error({ route: context.req.routePath, err: error }, 'storage failed')
      context.header('retry-after', '5')
      return answerError(context, new HttpError('unavailable'))
    }
    services.log.error({ route: context.req.routePath, stack: error.stack }, 'request failed')
    return context.json(errorBody('internal'), 500)
  })
  app.notFound(context => context.json(errorBody('not_found'), 404))
  // An account's hundreds of connections, or its runs, are much text of the same kind.
  app.use('/api/*', compress())
  app.route('/hooks/kommo', kommoHooks(services))
  app.route('/hooks/radist', radistHooks(services))
  app.route('/oauth/kommo', kommoOauth(services))
  app.route('/files', filesRoute(services))
  app.route('/api/widget/uploads', uploadsRoute(services))
  app.route('/', operationsRoutes(services))
  app.route('/', pagesRoutes(services))
  const typed = app
    .route('/api/widget', widgetRoutes(services))
    .route('/api', signInRoutes(services))
    .route('/api', cascadeRoutes(services))
    .route('/api', activityRoutes(services))
    .route('/api', statisticsRoutes(services))
    .route('/api', testSendRoutes(services))
    .route('/api', connectionsRoutes(services))
  typed.doc31('/api/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Radist Cascade for Kommo', version: '1' },
  })
  return typed
}

/** The routes' types, for the settings app's client. */
export type App = ReturnType<typeof createApp>

import { createRoute, z } from '@hono/zod-openapi'
import { sessionSchema, type Session } from '../../contracts/widget-api.ts'
import type { Account } from '../../storage/accounts.ts'
import {
  createSession,
  deleteSession,
  takeSignInCode,
  type Person,
} from '../../storage/sessions.ts'
import { HttpError } from '../http-error.ts'
import { errorResponses, jsonOf, newApi } from '../openapi.ts'
import type { ApiServices } from '../services.ts'
import { kommoState, radistState } from '../widget/form.ts'
import {
  clearSessionCookie,
  readSessionCookie,
  requireOwnOrigin,
  requireSession,
  setSessionCookie,
  type SettingsVariables,
} from './session.ts'

const signInRoute = createRoute({
  method: 'post',
  path: '/session',
  request: { body: jsonOf(z.object({ code: z.string().max(200) }), 'The one-time code') },
  responses: { 200: jsonOf(sessionSchema, 'Signed in'), ...errorResponses },
})
const sessionRoute = createRoute({
  method: 'get',
  path: '/session',
  responses: { 200: jsonOf(sessionSchema, 'Who is signed in'), ...errorResponses },
})
const signOutRoute = createRoute({
  method: 'delete',
  path: '/session',
  responses: { 204: { description: 'Signed out' }, ...errorResponses },
})

/** From the widget's one-time code to a first-party session, and out of it. */
export function signInRoutes(services: ApiServices) {
  const { accounts, clock, config, database, kommo } = services
  const app = newApi<SettingsVariables>()
  app.use('/session', requireOwnOrigin(services))
  return app
    .openapi(signInRoute, async context => {
      const person = await takeSignInCode(database, context.req.valid('json').code, clock.now())
      const account = person && (await accounts.find(database, person.accountId))
      if (!account) throw new HttpError('signed_out')
      const token = await createSession(database, person, clock.now())
      setSessionCookie(context, config.PUBLIC_URL, token)
      return context.json(await sessionOf(account, person), 200)
    })
    .openapi({ ...sessionRoute, middleware: requireSession(services) }, async context =>
      context.json(await sessionOf(context.get('account'), context.get('person')), 200),
    )
    .openapi(signOutRoute, async context => {
      const token = readSessionCookie(context, config.PUBLIC_URL)
      if (token) await deleteSession(database, token)
      clearSessionCookie(context, config.PUBLIC_URL)
      return context.body(null, 204)
    })

  async function sessionOf(account: Account, person: Person): Promise<Session> {
    return {
      accountId: account.id,
      isAdmin: person.isAdmin,
      subdomain: account.subdomain,
      kommoUrl: kommo.accountUrl(account.subdomain),
      language: account.language,
      radist: radistState(account),
      kommo: kommoState(await accounts.grants.find(database, account.id)),
    }
  }
}

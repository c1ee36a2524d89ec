import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { cascadeChangeSchema, cascadeSchema, WAIT_MIN_SECONDS } from '../../contracts/cascade.ts'
import { sessionSchema, type Session } from '../../contracts/widget-api.ts'
import type { Account } from '../../storage/accounts.ts'
import { readCascade, saveCascade } from '../../storage/cascades.ts'
import {
  createSession,
  deleteSession,
  takeSignInCode,
  type Person,
} from '../../storage/sessions.ts'
import { HttpError } from '../http-error.ts'
import { errorResponses, jsonOf } from '../openapi.ts'
import type { ApiServices } from '../services.ts'
import { radistState } from '../widget/form.ts'
import { cascadeView } from './cascade-view.ts'
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
const cascadeRoute = createRoute({
  method: 'get',
  path: '/cascade',
  responses: { 200: jsonOf(cascadeSchema, 'The cascade'), ...errorResponses },
})
const saveCascadeRoute = createRoute({
  method: 'put',
  path: '/cascade',
  request: { body: jsonOf(cascadeChangeSchema, 'The whole cascade as it shall be') },
  responses: { 200: jsonOf(cascadeSchema, 'The saved cascade'), ...errorResponses },
})

/** What the settings app asks for, with its session cookie. */
export function settingsRoutes(services: ApiServices) {
  const { accounts, clock, config, database } = services
  const app = new OpenAPIHono<SettingsVariables>({
    defaultHook: result => {
      if (!result.success) throw new HttpError('invalid_request', z.prettifyError(result.error))
    },
  })
  app.use('/session', requireOwnOrigin(services))
  app.use('/cascade', requireOwnOrigin(services), requireSession(services))
  return app
    .openapi(signInRoute, async context => {
      const person = await takeSignInCode(database, context.req.valid('json').code, clock.now())
      const account = person && (await accounts.find(database, person.accountId))
      if (!account) throw new HttpError('signed_out')
      const token = await createSession(database, person, clock.now())
      setSessionCookie(context, config.PUBLIC_URL, token)
      return context.json(sessionOf(account, person), 200)
    })
    .openapi({ ...sessionRoute, middleware: requireSession(services) }, context =>
      context.json(sessionOf(context.get('account'), context.get('person')), 200),
    )
    .openapi(signOutRoute, async context => {
      const token = readSessionCookie(context, config.PUBLIC_URL)
      if (token) await deleteSession(database, token)
      clearSessionCookie(context, config.PUBLIC_URL)
      return context.body(null, 204)
    })
    .openapi(cascadeRoute, async context =>
      context.json(await cascadeView(services, context.get('account'), context.get('person')), 200),
    )
    .openapi(saveCascadeRoute, async context => {
      const person = context.get('person')
      if (!person.isAdmin) throw new HttpError('forbidden')
      const change = context.req.valid('json')
      const shortest = Math.min(WAIT_MIN_SECONDS, services.settings.deliveryWaitSeconds)
      if (change.messengers.some(messenger => messenger.waitSeconds < shortest)) {
        throw new HttpError('invalid_request', `A wait has ${shortest} seconds at least.`)
      }
      const { id } = context.get('account')
      const saved = await database.transaction().execute(async transaction => {
        const result = await saveCascade(transaction, id, change)
        // Throwing undoes the transaction: nothing is half-written.
        if (result === 'conflict') throw new HttpError('conflict')
        if (result === 'unknown_messenger') {
          const types = (await readCascade(transaction, id)).map(messenger => messenger.type)
          throw new HttpError('invalid_request', `Name each of ${types.join(', ')} once.`)
        }
        return accounts.find(transaction, id)
      })
      if (!saved) throw new HttpError('signed_out')
      return context.json(await cascadeView(services, saved, person), 200)
    })
}

function sessionOf(account: Account, person: Person): Session {
  return {
    isAdmin: person.isAdmin,
    subdomain: account.subdomain,
    language: account.language,
    radist: radistState(account),
  }
}

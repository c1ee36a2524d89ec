import { createRoute } from '@hono/zod-openapi'
import { cascadeDifferences } from '../../contracts/cascade-difference.ts'
import {
  cascadeChangeSchema,
  cascadeHistorySchema,
  cascadeSchema,
} from '../../contracts/cascade.ts'
import { insertCascadeChange, readCascadeChanges } from '../../storage/cascade-changes.ts'
import { readCascade, saveCascade, type CascadeMessenger } from '../../storage/cascades.ts'
import { HttpError } from '../http-error.ts'
import { errorResponses, jsonOf, newApi } from '../openapi.ts'
import type { ApiServices } from '../services.ts'
import { cascadeView, shortestWaitSeconds } from './cascade-view.ts'
import { requireOwnOrigin, requireSession, type SettingsVariables } from './session.ts'
import { UserNames } from './user-names.ts'

const HISTORY_LENGTH = 50

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
const historyRoute = createRoute({
  method: 'get',
  path: '/cascade/history',
  responses: { 200: jsonOf(cascadeHistorySchema, 'Who changed what'), ...errorResponses },
})

/** The cascade: everybody sees it, admins change it. */
export function cascadeRoutes(services: ApiServices) {
  const { accounts, clock, database, settings, transact } = services
  const names = new UserNames(services)
  const app = newApi<SettingsVariables>()
  for (const path of ['/cascade', '/cascade/*']) {
    app.use(path, requireOwnOrigin(services), requireSession(services))
  }
  return app
    .openapi(cascadeRoute, async context =>
      context.json(await cascadeView(services, context.get('account'), context.get('person')), 200),
    )
    .openapi(saveCascadeRoute, async context => {
      const person = context.get('person')
      if (!person.isAdmin) throw new HttpError('forbidden')
      const change = context.req.valid('json')
      const shortest = shortestWaitSeconds(settings)
      if (change.messengers.some(messenger => messenger.waitSeconds < shortest)) {
        throw new HttpError('invalid_request', `A wait has ${shortest} seconds at least.`)
      }
      const { id } = context.get('account')
      const saved = await transact(id, async transaction => {
        const before = stateOf(await readCascade(transaction, id))
        const result = await saveCascade(transaction, id, change)
        // Throwing undoes the transaction: nothing is half-written.
        if (result === 'conflict') throw new HttpError('conflict')
        if (result === 'unknown_messenger') {
          const types = before.map(messenger => messenger.type)
          throw new HttpError('invalid_request', `Name each of ${types.join(', ')} once.`)
        }
        const changes = cascadeDifferences(before, stateOf(await readCascade(transaction, id)))
        if (changes.length > 0) {
          await insertCascadeChange(transaction, id, {
            at: clock.now(),
            userId: person.userId,
            version: change.version + 1,
            changes,
          })
        }
        return accounts.find(transaction, id)
      })
      if (!saved) throw new HttpError('signed_out')
      return context.json(await cascadeView(services, saved, person), 200)
    })
    .openapi(historyRoute, async context => {
      const account = context.get('account')
      const records = await readCascadeChanges(database, account.id, HISTORY_LENGTH)
      const nameOf = await names.of(
        account,
        records.map(record => record.userId),
      )
      const changes = records.map(({ at, userId, version, changes: differences }) => ({
        at: new Date(at).toISOString(),
        userName: nameOf.get(userId) ?? null,
        userId,
        version,
        differences,
      }))
      return context.json({ changes }, 200)
    })

  function stateOf(cascade: readonly CascadeMessenger[]) {
    return cascade.map(({ waitSeconds, ...messenger }) => ({
      ...messenger,
      waitSeconds: waitSeconds ?? settings.deliveryWaitSeconds,
    }))
  }
}

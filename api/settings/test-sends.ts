import { createRoute, z } from '@hono/zod-openapi'
import { gather } from '../../cascade/gather.ts'
import { rehearse } from '../../cascade/rehearse.ts'
import { rehearsalSchema, type Rehearsal } from '../../contracts/activity.ts'
import { parseMessage, writeMessage } from '../../contracts/message.ts'
import {
  maskFieldsSchema,
  recipientsSchema,
  recipientValuesSchema,
  testMessageSchema,
  type TestMessage,
} from '../../contracts/test-send.ts'
import type { Account } from '../../storage/accounts.ts'
import { readConnections } from '../../storage/cascades.ts'
import { findFile } from '../../storage/files.ts'
import type { Person } from '../../storage/sessions.ts'
import { HttpError } from '../http-error.ts'
import { errorResponses, jsonOf, newApi } from '../openapi.ts'
import { findContacts, findDeals, valuesOf, withRightsOf } from '../recipients.ts'
import type { ApiServices } from '../services.ts'
import { widgetForm } from '../widget/form.ts'
import { timelineOf } from './run-view.ts'
import {
  requireAdmin,
  requireOwnOrigin,
  requireSession,
  type SettingsVariables,
} from './session.ts'

const fieldsRoute = createRoute({
  method: 'get',
  path: '/fields',
  responses: { 200: jsonOf(maskFieldsSchema, 'What masks may name'), ...errorResponses },
})
const recipientsRoute = createRoute({
  method: 'get',
  path: '/recipients',
  request: {
    query: z.object({
      type: z.enum(['lead', 'contact']),
      search: z.string().trim().max(200).default(''),
    }),
  },
  responses: { 200: jsonOf(recipientsSchema, 'Deals or contacts'), ...errorResponses },
})
const valuesRoute = createRoute({
  method: 'get',
  path: '/recipients/{type}/{id}',
  request: {
    params: z.object({
      type: z.enum(['lead', 'contact']),
      id: z.coerce.number().int().positive(),
    }),
  },
  responses: { 200: jsonOf(recipientValuesSchema, 'What masks become'), ...errorResponses },
})
const rehearseRoute = createRoute({
  method: 'post',
  path: '/test-sends/rehearsal',
  request: { body: jsonOf(testMessageSchema, 'What would be sent, and for whom') },
  responses: { 200: jsonOf(rehearsalSchema, 'What would happen'), ...errorResponses },
})
const sendRoute = createRoute({
  method: 'post',
  path: '/test-sends',
  request: { body: jsonOf(testMessageSchema, 'What is sent, and for whom') },
  responses: { 200: jsonOf(z.object({ runId: z.string() }), 'The run'), ...errorResponses },
})

/** Trying the cascade out on a real deal or contact: without sending, or for real. Never counted. */
export function testSendRoutes(services: ApiServices) {
  const { clock, database, engine, settings } = services
  const app = newApi<SettingsVariables>()
  for (const path of ['/fields', '/recipients', '/recipients/*', '/test-sends', '/test-sends/*']) {
    app.use(path, requireOwnOrigin(services), requireSession(services), requireAdmin)
  }
  return app
    .openapi(fieldsRoute, async context => {
      const { fields } = await widgetForm(services, context.get('account'), context.get('person'))
      const named = fields.map(({ entity, code, name }) => ({
        entity,
        code,
        ...(name === undefined ? {} : { name }),
      }))
      return context.json({ fields: named }, 200)
    })
    .openapi(recipientsRoute, async context => {
      const { type, search } = context.req.valid('query')
      const find = type === 'lead' ? findDeals : findContacts
      const found = await find(services, context.get('account'), context.get('person'), search)
      return context.json({ recipients: found.map(one => ({ ...one, type })) }, 200)
    })
    .openapi(valuesRoute, async context => {
      const entity = context.req.valid('param')
      const values = await valuesOf(services, context.get('account'), context.get('person'), entity)
      return context.json({ ...values, type: entity.type }, 200)
    })
    .openapi(rehearseRoute, async context => {
      const [account, person] = [context.get('account'), context.get('person')]
      const body = context.req.valid('json')
      return context.json(await rehearsalOf(account, person, body), 200)
    })
    .openapi(sendRoute, async context => {
      const [account, person] = [context.get('account'), context.get('person')]
      const { entity, ...body } = context.req.valid('json')
      const message = await messageOf(account, body)
      // The run reads Kommo with the account's rights: whoever starts it must see the entity, too.
      await valuesOf(services, account, person, entity)
      const runId = await engine.startByHand(account, {
        accountId: account.id,
        origin: 'test',
        entity,
        returnUrl: null,
        tokenIssuedAt: null,
        tokenHash: null,
        message,
      })
      return context.json({ runId }, 200)
    })

  async function rehearsalOf(
    account: Account,
    person: Person,
    { entity, ...body }: TestMessage,
  ): Promise<Rehearsal> {
    const message = await messageOf(account, body)
    const event = await gather(services, withRightsOf(account, person), { entity, message })
    if (event.type === 'put_off') throw new HttpError('kommo_unavailable')
    const connections = await readConnections(database, account.id)
    const history = rehearse(event, connections, {
      now: clock.now(),
      lifetimeSeconds: settings.runLifetimeSeconds,
    })
    const gathered = event.type === 'gathered' ? event.gathered : null
    return {
      contactName: gathered?.contactName ?? '',
      leadName: gathered?.leadName ?? '',
      ...(await timelineOf(services, account.id, gathered, history)),
    }
  }

  /** The message as a step would hold it. */
  async function messageOf(
    account: Account,
    { text, fileId }: Omit<TestMessage, 'entity'>,
  ): Promise<string> {
    const file = fileId === null ? null : await findFile(database, account.id, fileId)
    if (fileId !== null && file?.state !== 'ready') throw new HttpError('file_not_ready')
    const message = writeMessage({
      version: 1,
      text,
      ...(file ? { file: { id: file.id, name: file.name, size: file.size, kind: file.kind } } : {}),
    })
    const parsed = parseMessage(message)
    if (parsed.ok) return message
    throw new HttpError(
      'invalid_request',
      parsed.problem === 'empty' ? 'Write a message or choose a file.' : 'The message is too long.',
    )
  }
}

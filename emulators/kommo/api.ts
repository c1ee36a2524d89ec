import { Hono, type Context } from 'hono'
import { z } from 'zod'
import { recordCalls, type ApiCall } from '../shared/call-log.ts'
import { ACCOUNT_ID, type KommoAccount } from './account.ts'
import type { BotStore } from './bots.ts'
import type { KommoOAuthServer } from './oauth.ts'
import type { Runner } from './runner.ts'
import type { Switches } from './switches.ts'

/** Kommo's API v4 as far as we use it: Kommo server side, sections 1.3 and 3 to 6. */
const PER_SECOND = 7
/** Timers of a busy machine fire late and then together: that is not what a limit is for. */
const TOLERANCE = 3
const PAGE_MAX = 250
const BLOCK_AFTER = 20
const BLOCK_MS = 5000

const noteSchema = z
  .array(
    z.object({
      note_type: z.enum(['common', 'service_message', 'extended_service_message']),
      params: z.object({ text: z.string(), service: z.string().optional() }),
    }),
  )
  .min(1)
const handlerSchema = z.object({
  handler: z.enum(['show', 'goto']),
  params: z.looseObject({ value: z.string().max(80).optional() }),
})
const continueSchema = z.object({
  data: z.record(z.string(), z.unknown()).optional(),
  execute_handlers: z.array(handlerSchema).min(1).max(10).optional(),
})

export function kommoApi(
  account: KommoAccount,
  runner: Runner,
  bots: BotStore,
  calls: ApiCall[],
  oauth: KommoOAuthServer,
  switches: () => Switches,
): Hono {
  const app = new Hono()
  let recent: number[] = []
  let refusals = 0
  let blockedUntil = 0

  app.use('*', recordCalls(calls))
  app.use('*', async (context, next) => {
    const now = Date.now()
    if (now < blockedUntil) return problem(context, 403, 'Forbidden', 'Your address is blocked')
    recent = recent.filter(at => now - at < 1000)
    recent.push(now)
    if (recent.length > PER_SECOND + TOLERANCE) {
      refusals += 1
      if (refusals > BLOCK_AFTER) blockedUntil = now + BLOCK_MS
      return context.html('<html><body><h1>429 Too Many Requests</h1></body></html>', 429)
    }
    if (tokenUserOf(context) === null) {
      return problem(context, 401, 'Unauthorized', 'Token is invalid')
    }
    return next()
  })

  function tokenUserOf(context: Context): number | null {
    return oauth.userOf(context.req.header('authorization')?.replace(/^Bearer /u, '') ?? '')
  }
  /** The rights are the token's, or lower: those of the person whom a header names. */
  const personOf = (context: Context) => {
    const id = context.req.header('x-context-user-id') ?? tokenUserOf(context)
    return account.users.find(user => user.id === Number(id))
  }
  /** Without admin rights a person sees what that person is responsible for. */
  const isSeenBy = (context: Context, entity: object) => {
    const person = personOf(context)
    if (!person || person.isAdmin || !('responsible_user_id' in entity)) return true
    return entity.responsible_user_id === person.id
  }

  app.get('/account', context =>
    hal(context, {
      id: ACCOUNT_ID,
      name: 'Flowers Madrid',
      subdomain: oauth.subdomain,
      current_user_id: tokenUserOf(context),
      country: 'ES',
      language: 'en',
      currency: 'EUR',
      contact_name_display_order: 1,
      _embedded: { datetime_settings: { timezone: 'Europe/Madrid' } },
    }),
  )
  app.get('/leads/pipelines', context =>
    hal(context, { _total_items: 1, _embedded: { pipelines: account.pipelines } }),
  )
  for (const entity of ['leads', 'contacts', 'companies'] as const) {
    app.get(`/${entity}/custom_fields`, context =>
      paged(context, 'custom_fields', account.fields[entity]),
    )
    app.get(`/${entity}`, context => {
      const query = context.req.query('query')?.toLowerCase()
      const all = account[entity].filter(one => isSeenBy(context, one)).map(withFacts)
      return paged(
        context,
        entity,
        query ? all.filter(one => JSON.stringify(one).toLowerCase().includes(query)) : all,
      )
    })
    app.get(`/${entity}/:id{[0-9]+}`, context => {
      const id = Number(context.req.param('id'))
      const found = account[entity].find(one => one.id === id)
      // Kommo answers 204 with nothing for what is not there.
      if (!found || !isSeenBy(context, found)) return context.body(null, 204)
      const whole = withFacts(found)
      return hal(context, switches().enumKey === 'enum' ? withOtherEnumKey(whole) : whole)
    })
    app.post(`/${entity}/:id{[0-9]+}/notes`, async context => {
      const parsed = noteSchema.safeParse(await context.req.json().catch(() => null))
      if (!parsed.success) return problem(context, 400, 'Bad Request', 'Request validation failed')
      const entityId = Number(context.req.param('id'))
      const notes = parsed.data.map(note => ({
        id: account.notes.length + 1,
        entityType: entity,
        entityId,
        type: note.note_type,
        text: note.params.text,
        at: new Date().toISOString(),
      }))
      account.notes.push(...notes)
      return hal(context, {
        _embedded: {
          notes: notes.map(({ id }, index) => ({
            id,
            entity_id: entityId,
            request_id: String(index),
          })),
        },
      })
    })
  }
  // The shape of this answer is not documented: a list under `_embedded`, by either name.
  app.get('/bots', context => {
    const all = bots.list().map(({ id, name }) => ({ id, name }))
    return paged(context, switches().botList, all)
  })
  // Users are for admins (Kommo server side, section 3).
  app.use('/users/*', async (context, next) =>
    personOf(context)?.isAdmin === false
      ? problem(context, 403, 'Forbidden', 'Only an admin may see users')
      : next(),
  )
  app.get('/users', context => paged(context, 'users', account.users))
  app.get('/users/:id{[0-9]+}', context => {
    const user = account.users.find(one => one.id === Number(context.req.param('id')))
    return user ? hal(context, user) : context.body(null, 204)
  })
  app.post('/:bots{salesbot|marketingbot}/:bot{[0-9]+}/continue/:id{[0-9]+}', async context => {
    const parsed = continueSchema.safeParse(await context.req.json().catch(() => null))
    if (!parsed.success) return problem(context, 400, 'Bad Request', 'Request validation failed')
    // Continue needs an administrator's rights.
    if (personOf(context)?.isAdmin === false) {
      return problem(context, 403, 'Forbidden', 'Only an admin may continue a bot')
    }
    const found = runner.resume(Number(context.req.param('id')), parsed.data.data ?? {})
    if (!found)
      return problem(context, 404, 'Not Found', 'There is no continue record with this id')
    return context.body(null, 202)
  })
  return app
}

/** What every entity has beside what the emulated account says of it. */
function withFacts<Entity extends { id: number; name: string; _embedded?: object }>(
  entity: Entity,
) {
  const { _embedded: embedded = {} } = entity
  const contacts =
    'contacts' in embedded && Array.isArray(embedded.contacts) ? embedded.contacts : []
  return {
    ...entity,
    group_id: 0,
    created_at: 1_790_000_000 + entity.id,
    updated_at: 1_790_000_000 + entity.id,
    closed_at: null,
    is_deleted: false,
    _links: { self: { href: `/api/v4/${entity.id}` } },
    _embedded: {
      ...embedded,
      ...(contacts.length > 0
        ? { contacts: contacts.map((one: object) => ({ ...one, _links: {} })) }
        : {}),
    },
  }
}

/** Some examples of the documentation say `enum` instead of `enum_code`. */
function withOtherEnumKey(entity: object): object {
  return JSON.parse(JSON.stringify(entity).replaceAll('"enum_code":', '"enum":')) as object
}

function hal(context: Context, body: object): Response {
  return context.body(JSON.stringify(body), 200, { 'content-type': 'application/hal+json' })
}

function problem(context: Context, status: 400 | 401 | 403 | 404, title: string, detail: string) {
  const body = { title, type: `https://httpstatus.es/${status}`, status, detail }
  return context.body(JSON.stringify(body), status, { 'content-type': 'application/problem+json' })
}

function paged(context: Context, key: string, all: readonly object[]): Response {
  const limit = Math.min(PAGE_MAX, Number(context.req.query('limit') ?? 50))
  const page = Number(context.req.query('page') ?? 1)
  const items = all.slice((page - 1) * limit, page * limit)
  if (items.length === 0) return context.body(null, 204)
  const self = `${context.req.path}?page=${page}&limit=${limit}`
  const hasNext = page * limit < all.length
  return hal(context, {
    _total_items: all.length,
    _page: page,
    _page_count: Math.ceil(all.length / limit),
    _links: {
      self: { href: self },
      ...(hasNext ? { next: { href: self.replace(`page=${page}`, `page=${page + 1}`) } } : {}),
    },
    _embedded: { [key]: items },
  })
}

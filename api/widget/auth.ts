import { createMiddleware } from 'hono/factory'
import type { Account } from '../../storage/accounts.ts'
import { accountOf } from '../account-of.ts'
import { HttpError } from '../http-error.ts'
import type { ApiServices } from '../services.ts'
import { verifyPageToken, type PageToken } from '../tokens.ts'

export type WidgetVariables = { Variables: { account: Account; person: PageToken } }

const ALLOWED_METHODS = 'GET, POST, PATCH, HEAD, DELETE, OPTIONS'
const ALLOWED_HEADERS =
  'X-Auth-Token, Content-Type, Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset, X-Requested-With'
const EXPOSED_HEADERS = 'Location, Tus-Resumable, Upload-Offset, Upload-Length, Upload-Expires'

/** CORS for the pages of registered accounts, and for nobody else. */
export function widgetCors(services: ApiServices) {
  return createMiddleware(async function cors(context, next) {
    const origin = context.req.header('origin')
    const allowed = origin !== undefined && (await isAccountsOrigin(services, origin))
    if (context.req.method === 'OPTIONS') {
      if (!allowed) return context.body(null, 403)
      return context.body(null, 204, {
        ...corsHeaders(origin),
        'access-control-allow-methods': ALLOWED_METHODS,
        'access-control-allow-headers': ALLOWED_HEADERS,
        'access-control-max-age': '7200',
      })
    }
    await next()
    if (allowed) {
      for (const [name, value] of Object.entries(corsHeaders(origin))) {
        context.res.headers.set(name, value)
      }
    }
    return undefined
  })
}

function corsHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED_HEADERS,
    vary: 'Origin',
  }
}

async function isAccountsOrigin(
  { config, accounts, database }: ApiServices,
  origin: string,
): Promise<boolean> {
  const [before, after] = config.KOMMO_URL.split('{subdomain}')
  if (after === undefined) return origin === new URL(config.KOMMO_URL).origin
  if (!before || !origin.startsWith(before) || !origin.endsWith(after)) return false
  const subdomain = origin.slice(before.length, origin.length - after.length)
  return /^[a-z0-9-]+$/u.test(subdomain) && accounts.isKnownSubdomain(database, subdomain)
}

/** Lets only Kommo's own token in, from the page of the token's own account. */
export function requirePageToken(services: ApiServices) {
  const { kommo, tokens } = services
  return createMiddleware<WidgetVariables>(async function pageToken(context, next) {
    const person = verifyPageToken(context.req.header('x-auth-token') ?? '', tokens)
    const account = person && (await accountOf(services, person))
    if (!account) throw new HttpError('unauthorized')
    const origin = context.req.header('origin')
    if (origin && origin !== new URL(kommo.accountUrl(account.subdomain)).origin) {
      throw new HttpError('foreign_origin')
    }
    context.set('account', account)
    context.set('person', person)
    await next()
  })
}

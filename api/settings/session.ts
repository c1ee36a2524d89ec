import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import type { Account } from '../../storage/accounts.ts'
import { SESSION_LIFE_MS, useSession, type Person } from '../../storage/sessions.ts'
import { HttpError } from '../http-error.ts'
import type { ApiServices } from '../services.ts'

export type SettingsVariables = { Variables: { account: Account; person: Person } }

/** The account for which a page was opened: another sign-in in the same browser must not mix into it. */
const ACCOUNT_HEADER = 'x-account-id'

/** The `__Host-` prefix binds the cookie to this host, but browsers take it over https only. */
function cookieName(publicUrl: string): string {
  return publicUrl.startsWith('https:') ? '__Host-session' : 'session'
}

export function setSessionCookie(context: Context, publicUrl: string, token: string): void {
  setCookie(context, cookieName(publicUrl), token, {
    httpOnly: true,
    secure: publicUrl.startsWith('https:'),
    sameSite: 'Lax',
    path: '/',
    maxAge: SESSION_LIFE_MS / 1000,
  })
}

export function readSessionCookie(context: Context, publicUrl: string): string | undefined {
  return getCookie(context, cookieName(publicUrl))
}

export function clearSessionCookie(context: Context, publicUrl: string): void {
  const secure = publicUrl.startsWith('https:')
  deleteCookie(context, cookieName(publicUrl), { path: '/', secure })
}

/** State changes come from our own pages only, whatever the cookie says. */
export function requireOwnOrigin({ config }: ApiServices) {
  return createMiddleware(async function ownOrigin(context, next) {
    const isChange = !['GET', 'HEAD'].includes(context.req.method)
    if (isChange && context.req.header('origin') !== new URL(config.PUBLIC_URL).origin) {
      throw new HttpError('foreign_origin')
    }
    await next()
  })
}

/** Lets only people in who came from the widget. A session that is used lasts longer. */
export function requireSession({ accounts, clock, config, database }: ApiServices) {
  return createMiddleware<SettingsVariables>(async function session(context, next) {
    const token = readSessionCookie(context, config.PUBLIC_URL)
    const used = token ? await useSession(database, token, clock.now()) : null
    const account = used && (await accounts.find(database, used.person.accountId))
    if (!account || token === undefined) throw new HttpError('signed_out')
    const wanted = context.req.header(ACCOUNT_HEADER)
    if (wanted !== undefined && wanted !== String(account.id)) throw new HttpError('other_account')
    if (used.isRenewed) setSessionCookie(context, config.PUBLIC_URL, token)
    context.set('account', account)
    context.set('person', used.person)
    await next()
  })
}

/** What shows contacts, or changes anything, is for admins alone. */
export const requireAdmin = createMiddleware<SettingsVariables>(
  async function admin(context, next) {
    if (!context.get('person').isAdmin) throw new HttpError('forbidden')
    await next()
  },
)

import { createHmac, timingSafeEqual } from 'node:crypto'
import { Hono, type Context } from 'hono'
import { z } from 'zod'
import { API_ERRORS, type ApiErrorCode } from '../../contracts/errors.ts'
import { consentUrlOf, subdomainOfReferer } from '../../integrations/kommo/hosts.ts'
import { createState, takeState } from '../../storage/oauth-states.ts'
import { disconnectKommo } from '../../cascade/disconnect-kommo.ts'
import { HttpError } from '../http-error.ts'
import type { ApiServices } from '../services.ts'
import { connectKommo } from './connect.ts'
import { resultPage } from './result-page.ts'

const text = z.string().max(4000)
const callbackSchema = z.object({
  code: text.min(1).optional(),
  state: text.optional(),
  referer: text.optional(),
  client_id: text.optional(),
  from_widget: text.optional(),
  error: text.optional(),
})
const disabledSchema = z.object({
  account_id: z.string().regex(/^\d{1,15}$/u),
  client_uuid: text.optional(),
  client_id: text.optional(),
  signature: z.string().regex(/^[0-9a-f]{64}$/u),
})

/**
 * Kommo's redirect and disable addresses (Kommo server side, section 2).
 *
 * An installation with a widget makes Kommo itself call the redirect address, with `from_widget` and no
 * state of ours: such a call connects an account, and gives the caller nothing. Whoever comes by the
 * consent page must bring the state that we made, once.
 */
export function kommoOauth(services: ApiServices): Hono {
  const { clock, config, database, log } = services
  const app = new Hono()

  // For an account that Kommo did not announce by itself: its admin opens this address.
  app.get('/install', async context => {
    const state = await createState(database, null, clock.now())
    return context.redirect(consentUrlOf(config.KOMMO_URL, config.KOMMO_CLIENT_ID, state))
  })

  app.get('/callback', async context => {
    const parsed = callbackSchema.safeParse(context.req.query())
    if (!parsed.success) return page(context, 'invalid_request')
    const { code, state, referer, client_id, from_widget, error } = parsed.data
    const isFromWidget = from_widget !== undefined
    const known = isFromWidget || !state ? null : await takeState(database, state, clock.now())
    if (error !== undefined) return page(context, 'oauth_denied')
    if (!isFromWidget && !known) return page(context, 'oauth_state_refused')
    if (client_id !== undefined && client_id !== config.KOMMO_CLIENT_ID) {
      return page(context, 'invalid_request')
    }
    if (code === undefined || referer === undefined) return page(context, 'invalid_request')
    const subdomain = subdomainOfReferer(config.KOMMO_URL, referer)
    if (subdomain === null) return page(context, 'kommo_host_refused')
    const expected = known?.accountId ?? null
    const connected = await connectKommo(services, { code, subdomain, expected })
    if (!connected.ok) {
      log.warn({ code: connected.code }, 'a Kommo installation failed')
      return page(context, connected.code)
    }
    log.info({ account: connected.accountId }, 'Kommo connected')
    return expected === null ? page(context, null) : context.redirect('/app/connections')
  })

  app.get('/disabled', async context => {
    const parsed = disabledSchema.safeParse(context.req.query())
    if (!parsed.success || !isSigned(parsed.data)) throw new HttpError('unauthorized')
    await disconnectKommo(services, services.engine, Number(parsed.data.account_id))
    return context.json({ result: 'disabled' })
  })

  /** The documentation names the parameter `client_uuid`, in one place `client_id`. */
  function isSigned({ account_id, client_uuid, client_id, signature }: Disabled): boolean {
    const client = client_uuid ?? client_id
    if (client !== config.KOMMO_CLIENT_ID) return false
    const expected = createHmac('sha256', config.KOMMO_CLIENT_SECRET)
      .update(`${client}|${account_id}`)
      .digest()
    return timingSafeEqual(expected, Buffer.from(signature, 'hex'))
  }

  function page(context: Context, code: ApiErrorCode | null): Response | Promise<Response> {
    const status = code === null ? 200 : API_ERRORS[code].status
    return resultPage(context, code, status)
  }
  return app
}
type Disabled = z.infer<typeof disabledSchema>

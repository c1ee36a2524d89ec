import { createHmac, randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Hono } from 'hono'
import { html } from 'hono/html'
import { decodeJwt, SignJWT } from 'jose'
import { z } from 'zod'
import { recordCalls, type ApiCall } from '../shared/call-log.ts'
import { ACCOUNT_ID, LONG_LIVED_TOKEN, SUBDOMAIN } from './account.ts'
import type { Switches } from './switches.ts'
import type { Integration } from './tokens.ts'

/**
 * Kommo's OAuth 2.0 (Kommo server side, section 2): the consent page, codes and tokens, what Kommo itself
 * calls when an integration is installed or removed, and the account's name when it has changed.
 */
const CODE_LIFE_MS = 20 * 60_000
const ACCESS_LIFE_SECONDS = 86_400
const SIGNING_KEY = randomBytes(32)

const grantSchema = z.discriminatedUnion('grant_type', [
  z.object({ grant_type: z.literal('authorization_code'), code: z.string() }),
  z.object({ grant_type: z.literal('refresh_token'), refresh_token: z.string() }),
])
const clientSchema = z.object({
  client_id: z.string(),
  client_secret: z.string(),
  redirect_uri: z.string(),
})

type Grant = {
  userId: number
  refreshToken: string
  previous: string | null
  /** An access token of the present pair was used. */
  isUsed: boolean
  isRevoked: boolean
}
/** What the next token request is answered with, besides the right thing. `late`: only after seconds. */
export const TOKEN_FAULTS = ['lost', 'unavailable', 'late'] as const
type TokenFault = (typeof TOKEN_FAULTS)[number]
const LATE_MS = 5000

export class KommoOAuthServer {
  /** How many pairs were given out for refresh tokens. */
  refreshes = 0
  /** The name under which the account is now. */
  subdomain = SUBDOMAIN
  readonly faults: TokenFault[] = []
  private readonly codes = new Map<string, { userId: number; until: number }>()
  private readonly grants: Grant[] = []
  private readonly accessTokens = new Map<string, { grant: Grant; until: number }>()
  private readonly integration: Integration
  private readonly url: () => string
  private readonly switches: () => Switches

  constructor(integration: Integration, url: () => string, switches: () => Switches) {
    this.integration = integration
    this.url = url
    this.switches = switches
  }

  /** Whose token it is, or null for one that is not valid. */
  userOf(accessToken: string): number | null {
    if (accessToken === LONG_LIVED_TOKEN) return 504
    const known = this.accessTokens.get(accessToken)
    if (!known || known.grant.isRevoked || known.until <= Date.now()) return null
    known.grant.isUsed = true
    return known.grant.userId
  }

  /** All access tokens end now, as after a day. */
  expireAccess(): void {
    this.accessTokens.clear()
  }

  /** An administrator takes the access away; the integration stays. */
  revokeAll(): void {
    for (const grant of this.grants) grant.isRevoked = true
  }

  newCode(userId: number, lifeMs = CODE_LIFE_MS): string {
    const code = randomBytes(24).toString('hex')
    this.codes.set(code, { userId, until: Date.now() + lifeMs })
    return code
  }

  /** Installing an integration with a widget makes Kommo call the redirect address by itself. */
  async announceInstall(userId: number): Promise<number> {
    const query = new URLSearchParams({
      code: this.newCode(userId),
      state: '',
      referer: new URL(this.url()).host,
      platform: '2',
      client_id: this.integration.clientId,
      from_widget: '1',
    })
    const answer = await fetch(`${this.integration.redirectUri}?${query}`, { redirect: 'manual' })
    return answer.status
  }

  /** Removing it makes Kommo call the disable address, signed. */
  async announceRemoval(): Promise<number> {
    const { clientId, clientSecret, redirectUri } = this.integration
    this.revokeAll()
    const signature = createHmac('sha256', clientSecret)
      .update(`${clientId}|${ACCOUNT_ID}`)
      .digest('hex')
    const name = this.switches().disableParameter
    const query = new URLSearchParams({
      [name]: clientId,
      account_id: String(ACCOUNT_ID),
      signature,
    })
    const url = new URL('/oauth/kommo/disabled', redirectUri)
    const answer = await fetch(`${url}?${query}`, {
      headers: { 'user-agent': 'amoService-oAuth-Code-Sender/1.0' },
    })
    return answer.status
  }

  routes(calls: ApiCall[], userOf: (cookie: string | undefined) => number): Hono {
    const app = new Hono()
    app.use('*', recordCalls(calls))
    app.get('/oauth', context => {
      const { client_id: client, state = '' } = context.req.query()
      if (client !== this.integration.clientId) return context.text('Unknown integration', 404)
      return context.html(
        html`<!doctype html>
          <title>Kommo</title>
          <h1>Allow Radist.Online to access Flowers Madrid?</h1>
          <form method="post" action="/oauth">
            <input type="hidden" name="state" value="${state}" />
            <button name="answer" value="allow">Allow</button>
            <button name="answer" value="deny">Deny</button>
          </form>`,
      )
    })
    app.post('/oauth', async context => {
      const { state, answer } = await context.req.parseBody()
      const user = /(?:^|;\s*)user=(\d+)/u.exec(context.req.header('cookie') ?? '')?.[1]
      const query = new URLSearchParams({
        state: String(state),
        client_id: this.integration.clientId,
        ...(answer === 'allow'
          ? { code: this.newCode(userOf(user)), referer: new URL(this.url()).host }
          : { error: 'access_denied' }),
      })
      return context.redirect(`${this.integration.redirectUri}?${query}`)
    })
    app.post('/oauth2/access_token', async context => {
      const fault = this.faults.shift()
      if (fault === 'unavailable') return context.html('<h1>502 Bad Gateway</h1>', 502)
      const body: unknown = await context.req.json().catch(() => null)
      const client = clientSchema.safeParse(body)
      const grant = grantSchema.safeParse(body)
      const { clientId, clientSecret, redirectUri } = this.integration
      const isOurs =
        client.success &&
        client.data.client_id === clientId &&
        client.data.client_secret === clientSecret &&
        client.data.redirect_uri === redirectUri
      if (!isOurs || !grant.success) return context.json(problem('Invalid client or grant'), 400)
      const pair =
        grant.data.grant_type === 'authorization_code'
          ? await this.exchange(grant.data.code)
          : await this.refresh(grant.data.refresh_token)
      if (typeof pair === 'string') return context.json(problem(pair), 400)
      // The tokens were made, and whoever asked never hears of it.
      if (fault === 'lost') return context.html('<h1>504 Gateway Timeout</h1>', 504)
      if (fault === 'late') await setTimeout(LATE_MS)
      return context.json(pair)
    })
    app.get('/oauth2/account/current/subdomain', context => {
      const token = context.req.header('x-refresh-token')
      if (!this.grants.some(one => one.refreshToken === token)) {
        return context.json(problem('Refresh token is not valid'), 401)
      }
      const domain = `${this.subdomain}.kommo.com`
      const { subdomain } = this
      return context.json({ id: ACCOUNT_ID, subdomain, domain, top_level_domain: 'com' })
    })
    return app
  }

  private async exchange(code: string) {
    const known = this.codes.get(code)
    this.codes.delete(code)
    if (!known) return 'Authorization code has been revoked'
    if (known.until <= Date.now()) return 'Authorization code has expired'
    const grant = {
      userId: known.userId,
      refreshToken: '',
      previous: null,
      isUsed: false,
      isRevoked: false,
    }
    this.grants.push(grant)
    return this.pair(grant)
  }

  private async refresh(token: string) {
    const grant = this.grants.find(
      one => one.refreshToken === token || (one.previous === token && !this.isUsed(one)),
    )
    if (!grant || grant.isRevoked) return 'Token has been revoked'
    this.refreshes += 1
    return this.pair(grant)
  }

  /** Whether the pair of before counts no more: at once, or since the new one was used. */
  private isUsed(grant: Grant): boolean {
    return this.switches().refreshToken === 'once' || grant.isUsed
  }

  private async pair(grant: Grant) {
    grant.previous = grant.refreshToken || null
    grant.refreshToken = `def50200${randomBytes(48).toString('hex')}`
    grant.isUsed = false
    const accessToken = await new SignJWT({
      account_id: ACCOUNT_ID,
      api_domain: new URL(this.url()).host,
      scopes: ['crm', 'notifications'],
    })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setJti(randomBytes(12).toString('hex'))
      .setIssuedAt()
      .setExpirationTime(`${ACCESS_LIFE_SECONDS}s`)
      .sign(SIGNING_KEY)
    const until = Number(decodeJwt(accessToken).exp) * 1000
    this.accessTokens.set(accessToken, { grant, until })
    return {
      token_type: 'Bearer',
      expires_in: ACCESS_LIFE_SECONDS,
      server_time: Math.floor(Date.now() / 1000),
      access_token: accessToken,
      refresh_token: grant.refreshToken,
    }
  }
}

/** As seen in code comments and fixtures; Kommo documents only the status. */
function problem(hint: string) {
  return {
    hint,
    title: hint,
    type: 'https://developers.amocrm.ru/v3/errors/OAuthProblemJson',
    status: 400,
    detail: hint,
  }
}

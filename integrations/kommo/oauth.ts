import { z } from 'zod'
import type { Tokens } from '../../storage/kommo-grants.ts'
import type { Clock } from '../../cascade/core/clock.ts'
import type { Limiter } from '../limiter.ts'
import { request, type Answer } from '../request.ts'
import { networkOf, originOfHost } from './hosts.ts'

export type Integration = { clientId: string; clientSecret: string; redirectUri: string }

/** `refused` is Kommo's own word; `unavailable` may be tried again. */
export type TokenAnswer =
  | { kind: 'granted'; tokens: Tokens }
  | { kind: 'refused'; httpStatus: number }
  | { kind: 'unavailable' }

const TIMEOUT_MS = 15_000
/** Whoever calls the redirect address makes us ask Kommo: not more often than this. */
const RATE = { intervalMs: 200, extra: 5 }

const tokensSchema = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: z.coerce.number().positive().catch(86_400),
})
const subdomainSchema = z.object({ subdomain: z.string().regex(/^[a-z0-9-]+$/u) })

/** Kommo's OAuth 2.0 (Kommo server side, section 2): on the account's host, not below `/api/v4`. */
export class KommoOAuth {
  private readonly kommoUrl: string
  private readonly integration: Integration
  private readonly limiter: Limiter
  private readonly clock: Clock

  constructor(kommoUrl: string, integration: Integration, limiter: Limiter, clock: Clock) {
    this.kommoUrl = kommoUrl
    this.integration = integration
    this.limiter = limiter
    this.clock = clock
  }

  /** @param code lives 20 minutes and is good once */
  exchange(accountUrl: string, code: string): Promise<TokenAnswer> {
    return this.ask(accountUrl, { grant_type: 'authorization_code', code })
  }

  /**
   * A new pair for the old one. When the answer is lost the same token is tried once more: by Kommo's
   * English documentation it works until the new one was used, made for just this; by the Russian one
   * it does not, and then the answer is a refusal.
   */
  async refresh(accountUrl: string, refreshToken: string): Promise<TokenAnswer> {
    const grant = { grant_type: 'refresh_token', refresh_token: refreshToken }
    const first = await this.ask(accountUrl, grant)
    return first.kind === 'unavailable' ? this.ask(accountUrl, grant) : first
  }

  /**
   * The account's name now, asked at a host that does not change with it.
   * @param apiDomain what the access token names; asked only when it is a host of Kommo's
   */
  async currentSubdomain(apiDomain: string, refreshToken: string): Promise<string | null> {
    const origin = originOfHost(this.kommoUrl, apiDomain)
    if (origin === null) return null
    await this.limiter('kommo-oauth', RATE)
    const answer = await request(`${origin}/oauth2/account/current/subdomain`, {
      method: 'GET',
      headers: { 'x-refresh-token': refreshToken, accept: 'application/json' },
      timeoutMs: TIMEOUT_MS,
      network: networkOf(this.kommoUrl),
    })
    const parsed = subdomainSchema.safeParse(answer.kind === 'answer' ? answer.body : null)
    return parsed.success ? parsed.data.subdomain : null
  }

  private async ask(accountUrl: string, grant: Record<string, string>): Promise<TokenAnswer> {
    await this.limiter('kommo-oauth', RATE)
    const { clientId, clientSecret, redirectUri } = this.integration
    const answer = await request(`${accountUrl}/oauth2/access_token`, {
      method: 'POST',
      headers: { accept: 'application/json' },
      timeoutMs: TIMEOUT_MS,
      network: networkOf(this.kommoUrl),
      json: {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uri: redirectUri,
        ...grant,
      },
    })
    return this.read(answer)
  }

  private read(answer: Answer): TokenAnswer {
    if (answer.kind !== 'answer') return { kind: 'unavailable' }
    const { status, body } = answer
    if (status === 429 || status >= 500) return { kind: 'unavailable' }
    const parsed = tokensSchema.safeParse(body)
    if (status < 200 || status >= 300 || !parsed.success) {
      return { kind: 'refused', httpStatus: status }
    }
    const { access_token, refresh_token, expires_in } = parsed.data
    return {
      kind: 'granted',
      tokens: {
        accessToken: access_token,
        refreshToken: refresh_token,
        expiresAt: this.clock.now() + expires_in * 1000,
      },
    }
  }
}

import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { ACCOUNT_ID, SUBDOMAIN } from './account.ts'

/** The integration as it was registered in the emulated account. */
export type Integration = { clientId: string; clientSecret: string; redirectUri: string }

const TOKEN_LIFE_SECONDS = 1800

/** The token of `widget_request`: HS512 (Kommo server side 1.2). */
export async function hookToken(
  integration: Integration,
  kommoUrl: string,
  hookUrl: string,
  entity: { type: number | string; id: number },
  algorithm: 'HS512' | 'HS256' = 'HS512',
  clientClaim: 'client_uuid' | 'client_uid' = 'client_uuid',
): Promise<string> {
  return sign(algorithm, integration, kommoUrl, new URL(hookUrl).origin, {
    ...(clientClaim === 'client_uid'
      ? { client_uid: integration.clientId, client_uuid: undefined }
      : {}),
    bot_type: 'salesbot',
    entity_type: entity.type,
    entity_id: entity.id,
  })
}

/** The "one-time" token of the page: HS256, the same one for about 25 minutes (widget SDK 5). */
export async function pageToken(
  integration: Integration,
  kommoUrl: string,
  user: { id: number; isAdmin: boolean },
): Promise<string> {
  return sign('HS256', integration, kommoUrl, new URL(integration.redirectUri).origin, {
    jti: randomUUID(),
    user_id: user.id,
    is_admin: user.isAdmin,
  })
}

function sign(
  alg: 'HS256' | 'HS512',
  integration: Integration,
  kommoUrl: string,
  audience: string,
  claims: Record<string, unknown>,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({
    account_id: ACCOUNT_ID,
    subdomain: SUBDOMAIN,
    client_uuid: integration.clientId,
    ...claims,
  })
    .setProtectedHeader({ alg, typ: 'JWT' })
    .setIssuer(kommoUrl)
    .setAudience(audience)
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + TOKEN_LIFE_SECONDS)
    .sign(new TextEncoder().encode(integration.clientSecret))
}

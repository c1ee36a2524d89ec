import { createHash, type KeyObject } from 'node:crypto'
import jwt, { type Algorithm, type JwtPayload } from 'jsonwebtoken'
import { z } from 'zod'

/**
 * Kommo's two tokens share the integration's secret. The hook's (HS512) names an entity and has neither
 * `user_id` nor `jti`; the page's (HS256) is the reverse. One never passes for the other.
 * Reference: Kommo server side 1.2; widget SDK 5.
 */
const SKEW_SECONDS = 30
const id = z.union([z.number().int(), z.string().regex(/^\d+$/u).transform(Number)])

const hookClaimsSchema = z.object({
  account_id: id,
  subdomain: z.string().optional(),
  client_uuid: z.string().optional(),
  client_uid: z.string().optional(),
  entity_type: z.union([z.number(), z.string()]),
  entity_id: id,
  iat: z.number(),
  exp: z.number(),
  user_id: z.undefined().optional(),
  jti: z.undefined().optional(),
})

const pageClaimsSchema = z.object({
  account_id: id,
  user_id: id,
  subdomain: z.string().optional(),
  client_uuid: z.string(),
  is_admin: z.unknown().optional(),
  exp: z.number(),
  entity_type: z.undefined().optional(),
  entity_id: z.undefined().optional(),
})

export type TokenSettings = {
  clientId: string
  /** The integration's secret, ready for use: making it anew costs more than verifying. */
  clientSecret: KeyObject
  /** Scheme and host under which Kommo knows us. */
  audience: string
  /** Milliseconds; with several processes, the database's. */
  now: () => number
  accountOrigin: (subdomain: string) => string
}

/** The account that a token names. */
export type TokenAccount = {
  accountId: number
  subdomain: string | undefined
  /** It names the account's address as its issuer, too, and that is this subdomain's. */
  isIssuedThere: boolean
}

export type HookToken = TokenAccount & {
  entityType: string
  entityId: number
  issuedAt: number
  algorithm: string
  hash: string
}

export type PageToken = TokenAccount & { userId: number; isAdmin: boolean }

/** @returns null for whatever is wrong: the caller learns no more, nor does a log */
export function verifyHookToken(token: string, settings: TokenSettings): HookToken | null {
  const verified = verify(token, settings, ['HS512', 'HS256'])
  const claims = hookClaimsSchema.safeParse(verified?.payload)
  if (!verified || !claims.success) return null
  const { data } = claims
  const clientId = data.client_uuid ?? data.client_uid
  if (clientId !== undefined && clientId !== settings.clientId) return null
  return {
    ...accountNamedBy(verified.payload, data),
    entityType: String(data.entity_type),
    entityId: data.entity_id,
    issuedAt: data.iat,
    algorithm: verified.algorithm,
    hash: createHash('sha256').update(token).digest('hex'),
  }
}

/** The page's token is used many times within its life: `jti` is not consumed. */
export function verifyPageToken(token: string, settings: TokenSettings): PageToken | null {
  const verified = verify(token, settings, ['HS256'])
  const claims = pageClaimsSchema.safeParse(verified?.payload)
  if (!verified || !claims.success) return null
  const { data } = claims
  if (data.client_uuid !== settings.clientId) return null
  // A token without `is_admin` is not an admin's.
  const isAdmin = data.is_admin === true || data.is_admin === 1 || data.is_admin === '1'
  return { ...accountNamedBy(verified.payload, data), userId: data.user_id, isAdmin }
}

function accountNamedBy(
  { iss }: JwtPayload,
  { account_id: accountId, subdomain }: { account_id: number; subdomain?: string | undefined },
): TokenAccount {
  // Whether the issuer is the subdomain's address was checked with the token.
  return { accountId, subdomain, isIssuedThere: iss !== undefined }
}

/** At once, on our own thread: a thread's answer to each hook would cost more than the check itself. */
function verify(
  token: string,
  settings: TokenSettings,
  algorithms: Algorithm[],
): { payload: JwtPayload; algorithm: string } | null {
  try {
    const clockTimestamp = Math.floor(settings.now() / 1000)
    const clock = { clockTimestamp, clockTolerance: SKEW_SECONDS }
    const options = { algorithms, ...clock, complete: true } as const
    const { header, payload } = jwt.verify(token, settings.clientSecret, options)
    if (typeof payload === 'string' || !isForUs(payload, settings)) return null
    return { payload, algorithm: header.alg }
  } catch {
    return null
  }
}

function isForUs(payload: JwtPayload, settings: TokenSettings): boolean {
  const audiences = [payload.aud ?? []].flat()
  if (audiences.length > 0 && !audiences.some(one => originOf(one) === settings.audience))
    return false
  const { subdomain } = payload
  if (payload.iss === undefined || typeof subdomain !== 'string') return true
  return originOf(payload.iss) === settings.accountOrigin(subdomain)
}

function originOf(text: string): string | null {
  return URL.canParse(text) ? new URL(text).origin : null
}

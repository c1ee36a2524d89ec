import jwt from 'jsonwebtoken'
import { z } from 'zod'

const claimsSchema = z.object({
  account_id: z.coerce.number().int().optional().catch(undefined),
  api_domain: z.string().optional().catch(undefined),
  exp: z.number().optional().catch(undefined),
})

/**
 * What Kommo's access token says of itself. It is Kommo's to verify, not ours: nothing here is trusted,
 * and another form of token says nothing.
 */
export function readAccessToken(token: string): {
  accountId: number | null
  apiDomain: string | null
  expiresAt: number | null
} {
  const parsed = claimsSchema.safeParse(jwt.decode(token))
  const claims = parsed.success ? parsed.data : {}
  return {
    accountId: claims.account_id ?? null,
    apiDomain: claims.api_domain ?? null,
    expiresAt: claims.exp === undefined ? null : claims.exp * 1000,
  }
}

import type { ApiErrorCode } from '../../contracts/errors.ts'
import { readAccessToken } from '../../integrations/kommo/access-token.ts'
import { accountUrlOf } from '../../integrations/kommo/hosts.ts'
import type { Tokens } from '../../storage/kommo-grants.ts'
import type { ApiServices } from '../services.ts'

type Connected = { ok: true; accountId: number } | { ok: false; code: ApiErrorCode }

/**
 * Exchanges a code of an installation for tokens and stores them with the account that they are for.
 * Nothing is stored, and what the account had stays, unless all of it went well.
 * @param expected the account that asked for this, if one did
 */
export async function connectKommo(
  services: ApiServices,
  { code, subdomain, expected }: { code: string; subdomain: string; expected: number | null },
): Promise<Connected> {
  const { accounts, clock, config, kommo, log, oauth, transact } = services
  const answer = await oauth.exchange(accountUrlOf(config.KOMMO_URL, subdomain), code)
  if (answer.kind === 'unavailable') return refused('kommo_unavailable')
  if (answer.kind === 'refused') return refused('oauth_code_refused')
  const { accessToken: token } = answer.tokens
  const access = { id: 0, subdomain, token }
  const found = await kommo.account(access)
  if (!found.ok) return refused('kommo_unavailable')
  const { id, current_user_id: userId, subdomain: own } = found.value
  const named = readAccessToken(token).accountId
  if ((named !== null && named !== id) || (expected !== null && expected !== id)) {
    return refused('other_kommo_account')
  }
  const admin = await kommo.isAdmin(access)
  if (!admin.ok) return refused('kommo_unavailable')
  const isKept = await transact(id, async db => {
    await accounts.add(db, { id, subdomain: own }, clock.now())
    const before = await accounts.grants.find(db, id)
    // Continue needs an administrator's rights: a good grant is not given up for a lesser one.
    if (!admin.value && before && before.problem === null) return true
    const by = { userId: userId ?? null, problem: admin.value ? null : 'not_admin' } as const
    await accounts.setGrant(db, id, answer.tokens satisfies Tokens, by, clock.now())
    if (before) log.info({ account: id }, 'a Kommo grant took the place of an older one')
    return false
  })
  if (!admin.value) log.warn({ account: id, isKept }, 'a Kommo grant of a person without rights')
  return admin.value ? { ok: true, accountId: id } : refused('kommo_not_admin')
}

function refused(code: ApiErrorCode): Connected {
  return { ok: false, code }
}

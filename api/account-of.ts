import type { Account } from '../storage/accounts.ts'
import type { ApiServices } from './services.ts'
import type { TokenAccount } from './tokens.ts'

/**
 * The account that a verified token of Kommo's names. Its address is in the token, too, signed: an account
 * that has another one since we last heard of it is followed there.
 */
export async function accountOf(
  { accounts, database, log }: ApiServices,
  { accountId, subdomain, isIssuedThere }: TokenAccount,
): Promise<Account | null> {
  const account = await accounts.find(database, accountId)
  if (!account || subdomain === undefined || subdomain === account.subdomain) return account
  if (!isIssuedThere || !/^[a-z0-9-]+$/u.test(subdomain)) return null
  await accounts.moveTo(database, accountId, subdomain)
  log.info({ account: accountId }, 'the account has another address')
  return { ...account, subdomain }
}

import type { Logger } from 'pino'
import type { Clock } from '../../cascade/core/clock.ts'
import type { Accounts } from '../../storage/accounts.ts'
import type { Database } from '../../storage/database.ts'
import type { KommoGrant } from '../../storage/kommo-grants.ts'
import { readAccessToken } from './access-token.ts'
import { accountUrlOf } from './hosts.ts'
import type { KommoOAuth, TokenAnswer } from './oauth.ts'

/** `disconnected` needs a person; `unavailable` may be tried again. */
export type Credential =
  | { kind: 'token'; token: string; subdomain: string; hasProblem: boolean }
  | { kind: 'disconnected' }
  | { kind: 'unavailable' }

/** What the client needs to know of an account's tokens. */
export type Credentials = {
  token(accountId: number): Promise<Credential>
  /** Kommo answered 401 to this token. */
  renew(accountId: number, refused: string): Promise<Credential>
  /** Kommo took a token of which it was noted that it does not. */
  works(accountId: number): Promise<void>
}

/** Tokens are renewed before a request when they have less than this left. */
const SHORT_MS = 2 * 60_000
/** One that was just given out and is refused will not get better by being renewed. */
const FRESH_MS = 60_000
/** Longer than two requests take: whoever holds the lease may still be at it. */
const LEASE_MS = 60_000
const LOOK_AGAIN_MS = 200
const KEEPER_RETRY_MS = 10 * 60_000

/**
 * The tokens of all accounts, renewed one at a time for each account, among all requests and processes:
 * a refresh token is good once. The new pair is stored before anybody uses it.
 */
export class StoredCredentials implements Credentials {
  private readonly underWay = new Map<number, Promise<Credential>>()
  private readonly of: {
    accounts: Accounts
    clock: Clock
    database: Database
    log: Logger
    kommoUrl: string
    oauth: Pick<KommoOAuth, 'refresh' | 'currentSubdomain'>
  }

  constructor(of: StoredCredentials['of']) {
    this.of = of
  }

  async token(accountId: number): Promise<Credential> {
    const grant = await this.find(accountId)
    if (!grant) return { kind: 'disconnected' }
    const { clock } = this.of
    const isShort = grant.expiresAt !== null && grant.expiresAt - clock.now() < SHORT_MS
    if (!isShort || grant.refreshToken === null || grant.problem === 'revoked') {
      return credentialOf(grant)
    }
    const renewed = await this.renew(accountId, grant.accessToken)
    const isStillGood = (grant.expiresAt ?? 0) > clock.now()
    return renewed.kind === 'unavailable' && isStillGood ? credentialOf(grant) : renewed
  }

  renew(accountId: number, refused: string): Promise<Credential> {
    const known = this.underWay.get(accountId)
    if (known) return known
    const work = this.renewAlone(accountId, refused).finally(() => this.underWay.delete(accountId))
    this.underWay.set(accountId, work)
    return work
  }

  async works(accountId: number): Promise<void> {
    const { accounts, database } = this.of
    const grant = await this.find(accountId)
    if (grant?.problem === 'revoked') await accounts.grants.markGood(database, accountId)
  }

  /** Renews what comes to its end, used or not: a refresh token that rests for three months is lost. */
  async keepAlive(): Promise<void> {
    const { accounts, clock, database } = this.of
    const due = await accounts.grants.dueForRenewal(database, clock.now())
    // Side by side: an account whose Kommo hangs holds up no other.
    await Promise.all(
      due.map(async accountId => {
        const grant = await this.find(accountId)
        const renewed = grant && (await this.renew(accountId, grant.accessToken))
        if (renewed?.kind !== 'unavailable') return
        await accounts.grants.release(database, accountId, clock.now() + KEEPER_RETRY_MS)
      }),
    )
  }

  private async renewAlone(accountId: number, refused: string): Promise<Credential> {
    const { accounts, clock, database } = this.of
    for (;;) {
      const grant = await this.find(accountId)
      if (!grant) return { kind: 'disconnected' }
      // Somebody else was faster.
      if (grant.accessToken !== refused) return credentialOf(grant)
      const now = clock.now()
      if (grant.refreshToken === null || grant.problem === 'revoked') return this.giveUp(grant)
      if (now - grant.issuedAt < FRESH_MS) return { kind: 'unavailable' }
      if (await accounts.grants.lease(database, accountId, now, now + LEASE_MS)) {
        const outcome = await this.renewLeased(grant, grant.refreshToken)
        if (outcome !== 'changed') return outcome
      }
      await clock.sleepUntil(now + LOOK_AGAIN_MS)
    }
  }

  private async renewLeased(
    leased: KommoGrant,
    refreshToken: string,
  ): Promise<Credential | 'changed'> {
    const { accountId } = leased
    const { accounts, clock, database, log } = this.of
    const current = await this.find(accountId)
    if (current?.refreshToken !== refreshToken) {
      await accounts.grants.release(database, accountId)
      return 'changed'
    }
    const { answer, subdomain } = await this.refresh(leased, refreshToken)
    if (answer.kind === 'granted') {
      const isStored = await accounts.grants.renew(database, leased, answer.tokens, clock.now())
      if (!isStored) return 'changed'
      log.info({ account: accountId }, 'Kommo token renewed')
      const { accessToken: token } = answer.tokens
      return { kind: 'token', token, subdomain, hasProblem: false }
    }
    await accounts.grants.release(database, accountId)
    if (answer.kind === 'unavailable') return { kind: 'unavailable' }
    // A person may have connected anew meanwhile: that is no end.
    const now = await this.find(accountId)
    if (now && now.refreshToken !== refreshToken) return credentialOf(now)
    log.warn({ account: accountId, status: answer.httpStatus }, 'Kommo token not renewed')
    return this.giveUp(leased)
  }

  /** Asks where the account knew us last, and where it is now when that place knows nothing. */
  private async refresh(
    grant: KommoGrant,
    refreshToken: string,
  ): Promise<{ answer: TokenAnswer; subdomain: string }> {
    const { accounts, database, kommoUrl, log, oauth } = this.of
    const { accountId, subdomain } = grant
    const answer = await oauth.refresh(accountUrlOf(kommoUrl, subdomain), refreshToken)
    if (answer.kind === 'granted') return { answer, subdomain }
    const { apiDomain } = readAccessToken(grant.accessToken)
    const moved = apiDomain && (await oauth.currentSubdomain(apiDomain, refreshToken))
    if (!moved || moved === subdomain) return { answer, subdomain }
    log.info({ account: accountId }, 'the account has another address')
    await accounts.moveTo(database, accountId, moved)
    const again = await oauth.refresh(accountUrlOf(kommoUrl, moved), refreshToken)
    return { answer: again, subdomain: moved }
  }

  /** Only a person can mend this: the settings show it, and it is not asked for again and again. */
  private async giveUp(grant: KommoGrant): Promise<Credential> {
    const { accounts, database } = this.of
    if (grant.problem !== 'revoked') {
      await accounts.grants.markRevoked(database, grant.accountId)
    }
    return { kind: 'disconnected' }
  }

  private find(accountId: number): Promise<KommoGrant | null> {
    return this.of.accounts.grants.find(this.of.database, accountId)
  }
}

function credentialOf(grant: KommoGrant): Credential {
  const { accessToken: token, subdomain, problem } = grant
  return { kind: 'token', token, subdomain, hasProblem: problem === 'revoked' }
}

import { hookPrefix } from '../../cascade/sync-webhooks.ts'
import { webhooksLookDead } from '../../cascade/webhooks-health.ts'
import { radistAccess } from '../../cascade/effects.ts'
import type { KommoClient } from '../../integrations/kommo/client.ts'
import type { RadistClient, RadistFailure } from '../../integrations/radist/client.ts'
import type { Account, Accounts } from '../../storage/accounts.ts'
import { readCascade } from '../../storage/cascades.ts'
import type { Database } from '../../storage/database.ts'
import { fail, ok, warn, type Finding } from './findings.ts'

type Needs = {
  accounts: Accounts
  database: Database
  kommo: KommoClient
  radist: RadistClient
  publicUrl: string
}

const DAY_MS = 24 * 3600_000
const RADIST_ADVICE: Readonly<Record<RadistFailure['code'], string>> = {
  key_refused: 'Give a key with the scopes connections, messaging and webhooks.',
  company_not_found:
    'Look at the company’s number, and try the other host: api.radist.online or api-ru.radist.online.',
  unavailable: 'Radist may have a bad day, or this machine is not let out. Try again.',
  unexpected_answer: 'Radist’s answer has a form that we do not know: docs/uncertainties.md.',
}

/** Everything between one Kommo account and its Radist company, asked of both. */
export async function lookAtAccount(needs: Needs, account: Account): Promise<Finding[]> {
  return [...(await lookAtKommo(needs, account)), ...(await lookAtRadist(needs, account))]
}

async function lookAtKommo(
  { accounts, database, kommo }: Needs,
  account: Account,
): Promise<Finding[]> {
  const reconnect = 'Connect Kommo on the page Connections of the settings, as an administrator.'
  const grant = await accounts.grants.find(database, account.id)
  if (!grant) return [warn('The integration was removed from this Kommo account', reconnect)]
  const found = await kommo.account(account)
  if (!found.ok) {
    return found.failure.code === 'disconnected'
      ? [fail('Kommo refuses our token', reconnect)]
      : [fail(`Kommo gives no account (${found.failure.code})`, 'Try again in some minutes.')]
  }
  const findings: Finding[] = []
  const { id, subdomain } = found.value
  findings.push(
    id === account.id
      ? ok(`Kommo lets us in to ${subdomain}`)
      : fail(`The token is of the account ${id}`, 'Remove this account and add it anew.'),
  )
  const admin = await kommo.isAdmin(account)
  if (admin.ok && !admin.value) {
    findings.push(fail('The token is of a person without an administrator’s rights', reconnect))
  }
  if (grant.refreshToken === null && grant.expiresAt !== null) {
    const days = Math.floor((grant.expiresAt - Date.now()) / DAY_MS)
    const text = `The long-lived token ends in ${days} days`
    findings.push(days > 14 ? ok(text) : warn(text, reconnect))
  }
  return findings
}

async function lookAtRadist(
  { database, radist, publicUrl }: Needs,
  account: Account,
): Promise<Finding[]> {
  const access = radistAccess(account)
  if (!access) {
    const advice = 'Give the key and the company on the page Connections of the settings.'
    return [warn('Radist is not connected yet', advice)]
  }
  const connections = await radist.connections(access)
  if (!connections.ok) {
    const { code } = connections.failure
    return [fail(`Radist gives no connections (${code})`, RADIST_ADVICE[code])]
  }
  const findings: Finding[] = [ok(`Radist lists ${connections.value.length} connections`)]
  const cascade = await readCascade(database, account.id)
  const able = cascade
    .filter(messenger => messenger.isOn)
    .flatMap(messenger => messenger.connections)
    .filter(one => one.ticked && one.state === 'in_subscription')
  findings.push(
    able.length > 0
      ? ok(`${able.length} connections of the cascade can send`)
      : fail(
          'No connection of the cascade can send',
          'Tick some on the page Cascade; they must be in a paid subscription in Radist.',
        ),
  )
  findings.push(...(await lookAtWebhooks({ database, radist, publicUrl }, account)))
  if (account.chatsSyncedAt === null) {
    findings.push(
      warn('The chats are not read yet', 'Until then existing chats are not looked for. Wait.'),
    )
  } else if (Date.now() - account.chatsSyncedAt > 2 * DAY_MS) {
    findings.push(
      warn('The chats were not read for two days', 'Read the server’s log for “sync failed”.'),
    )
  }
  return findings
}

async function lookAtWebhooks(
  { database, radist, publicUrl }: Pick<Needs, 'database' | 'radist' | 'publicUrl'>,
  account: Account,
): Promise<Finding[]> {
  const access = radistAccess(account)
  const listed = access && (await radist.webhooks(access))
  if (!listed?.ok) {
    const advice = 'The key needs the scope webhooks.'
    return [warn('Radist does not list its webhooks', advice)]
  }
  const url = `${hookPrefix(publicUrl)}${account.radistSecret}`
  const own = listed.value.filter(one => one.url === url).length
  const findings: Finding[] = [
    own > 0
      ? ok(`${own} of Radist’s ${listed.value.length} webhooks are ours`)
      : fail(
          'No webhook of Radist’s comes to us: deliveries are not seen',
          'A running server makes them within a quarter of an hour; is PUBLIC_URL the right one?',
        ),
  ]
  if (account.webhookRival !== null) {
    findings.push(
      fail(
        `Our webhooks and those of ${account.webhookRival} displace one another`,
        'Remove the other service’s in Radist.Online, then “Read again now” on the page Connections.',
      ),
    )
  }
  if (await webhooksLookDead(database, account.id, Date.now())) {
    findings.push(
      fail(
        'The last messages brought no delivery news at all',
        'Can Radist reach PUBLIC_URL? Does that messenger report deliveries? (docs/uncertainties.md)',
      ),
    )
  }
  return findings
}

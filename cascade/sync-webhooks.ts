import type { RadistWebhook } from '../integrations/radist/answers.ts'
import type { RadistAccess, RadistFailure } from '../integrations/radist/client.ts'
import type { Account } from '../storage/accounts.ts'
import { readConnections, setConnection, type Connection } from '../storage/cascades.ts'
import { radistAccess } from './effects.ts'
import type { Services } from './services.ts'

type Needs = Pick<Services, 'accounts' | 'database' | 'log' | 'radist'> & {
  settings: { publicUrl: string }
}

export function hookPrefix(publicUrl: string): string {
  return `${publicUrl}/hooks/radist/`
}

/**
 * Keeps one subscription of ours at each connection: made where it is missing, made anew where it was
 * lost or our address has changed, doubles removed. Others' are never touched.
 *
 * Whether Radist keeps several subscriptions of one connection is not known. Where one displaces another,
 * ours is taken back once; when it is lost to the same neighbour again, a person must decide, and the
 * settings say so.
 */
export async function syncWebhooks(
  services: Needs,
  account: Account,
  access: RadistAccess,
): Promise<RadistFailure | null> {
  const { accounts, database, log, radist, settings } = services
  const url = `${hookPrefix(settings.publicUrl)}${account.radistSecret}`
  const listed = await radist.webhooks(access)
  // A list that cannot be read is none: then what we stored is what we know.
  const list = listed.ok ? listed.value : null
  if (!listed.ok && listed.failure.code !== 'unexpected_answer') return listed.failure
  const isMoved = account.webhookUrl !== null && account.webhookUrl !== url
  const created: number[] = []
  let rival = account.webhookRival
  for (const connection of await readConnections(database, account.id)) {
    const at = subscriptionsAt(connection, list ?? [], { url, before: account.webhookUrl })
    if (connection.state === 'deleted') continue
    const [own, ...doubles] = at.own
    const isStored = list === null && connection.webhookId !== null && !isMoved
    if (own || isStored) {
      if (own && own.id !== connection.webhookId) await store(connection, own.id)
      for (const { id } of doubles) await radist.deleteWebhook(access, id)
    } else if (rival !== null && at.foreign.length > 0) {
      await store(connection, null)
    } else {
      if (list !== null && !isMoved && isLost(connection, at.foreign)) rival = hostOf(at.foreign)
      const made = await radist.createWebhook(access, connection.connectionId, url)
      if (!made.ok) return made.failure
      await store(connection, made.value)
      created.push(connection.connectionId)
      // Where we stood before goes once the new one stands.
      const old = list === null ? oldOf(connection, isMoved) : at.old.map(({ id }) => id)
      for (const id of old) await radist.deleteWebhook(access, id)
    }
  }
  if (list !== null && created.length > 0) {
    rival ??= await displacedBy(list, created, url, access)
  }
  if (rival !== account.webhookRival) log.warn({ account: account.id }, 'webhooks displaced')
  await accounts.update(database, account.id, { webhook_url: url, webhook_rival: rival })
  return null

  async function store({ connectionId }: Connection, id: string | null): Promise<void> {
    await setConnection(database, account.id, connectionId, { webhook_id: id })
  }

  /** Whether our new subscriptions made a neighbour's go. */
  async function displacedBy(
    before: readonly RadistWebhook[],
    connectionIds: readonly number[],
    own: string,
    by: RadistAccess,
  ): Promise<string | null> {
    const neighbours = before.filter(
      one => one.url !== own && connectionIds.includes(one.connectionId ?? 0),
    )
    if (neighbours.length === 0) return null
    const after = await radist.webhooks(by)
    if (!after.ok) return null
    return hostOf(neighbours.filter(one => after.value.every(left => left.id !== one.id)))
  }
}

/** Takes our subscriptions away, as far as Radist can be reached. */
export async function removeWebhooks(services: Needs, account: Account): Promise<void> {
  const { accounts, database, log, radist, settings } = services
  const access = radistAccess(account)
  if (!access) return
  const url = account.webhookUrl ?? `${hookPrefix(settings.publicUrl)}${account.radistSecret}`
  const stored = (await readConnections(database, account.id)).flatMap(one => one.webhookId ?? [])
  const listed = await radist.webhooks(access)
  const ids = listed.ok ? listed.value.filter(one => one.url === url).map(({ id }) => id) : stored
  for (const id of ids) await radist.deleteWebhook(access, id)
  for (const { connectionId } of await readConnections(database, account.id)) {
    await setConnection(database, account.id, connectionId, { webhook_id: null })
  }
  await accounts.update(database, account.id, { webhook_url: null, webhook_rival: null })
  if (!listed.ok) log.warn({ account: account.id }, 'webhooks may be left at Radist')
}

function subscriptionsAt(
  { connectionId, webhookId }: Connection,
  list: readonly RadistWebhook[],
  ours: { url: string; before: string | null },
) {
  const here = list.filter(one =>
    one.connectionId === null ? one.id === webhookId : one.connectionId === connectionId,
  )
  const own = here.filter(one => one.url === ours.url)
  const old = here.filter(one => one.url !== ours.url && one.url === ours.before)
  return { own, old, foreign: here.filter(one => !own.includes(one) && !old.includes(one)) }
}

/** We had a subscription there, and now another service has one and we have none. */
function isLost({ webhookId }: Connection, foreign: readonly RadistWebhook[]): boolean {
  return webhookId !== null && foreign.length > 0
}

function oldOf({ webhookId }: Connection, isMoved: boolean): string[] {
  return isMoved && webhookId !== null ? [webhookId] : []
}

function hostOf([first]: readonly RadistWebhook[]): string | null {
  if (!first) return null
  return URL.canParse(first.url) ? new URL(first.url).host : '?'
}

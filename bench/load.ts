import { createHmac, randomUUID } from 'node:crypto'
import { ACCOUNTS } from './accounts.ts'
import { post, type Outside } from './outside.ts'
import { cpuSeconds, pause, type Server } from './processes.ts'
import { round, share, type Row } from './report.ts'

/** The integration's secret, with which hooks are signed. */
export const SECRET = 'the secret of the benchmark’s integration'
const IN_FLIGHT = 400
let lastId = 0

/** A hook as Kommo sends it, for the next deal, of the next account where none is named. */
export function nextHook(
  outside: Outside,
  account = ((lastId + 1) % ACCOUNTS) + 1,
): { id: number; body: string } {
  lastId += 1
  const now = Math.floor(Date.now() / 1000)
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = {
    account_id: account,
    subdomain: `bench-${account}`,
    entity_type: 2,
    entity_id: lastId,
    iat: now,
    exp: now + 1800,
    nonce: randomUUID(),
  }
  const signed = `${encode({ alg: 'HS512', typ: 'JWT' })}.${encode(claims)}`
  const token = `${signed}.${createHmac('sha512', SECRET).update(signed).digest('base64url')}`
  const body = new URLSearchParams({
    token,
    return_url: `${outside.url}/api/v4/salesbot/1/continue/${lastId}`,
    'data[message]': '{"version":1,"text":"Hello [Contact.Name]"}',
  })
  return { id: lastId, body: body.toString() }
}

async function oneCascade(outside: Outside, servers: readonly Server[]): Promise<void> {
  const hook = nextHook(outside)
  const continued = outside.continued(hook.id)
  const status = await post(`${hookUrl(servers, hook.id)}`, hook.body, 'form')
  if (status !== 200) throw new Error(`The hook was answered with ${status}`)
  await continued
}

/** As many cascades as it manages with so many in flight, without the ramps at both ends. */
export async function throughput(
  outside: Outside,
  servers: readonly Server[],
  count: number,
): Promise<Row> {
  let left = count
  let done = 0
  const marks: { at: number; cpu: number }[] = []
  const from = Math.floor(count * 0.2)
  const to = Math.floor(count * 0.8)
  const workers = Array.from({ length: IN_FLIGHT }, async () => {
    while (left > 0) {
      left -= 1
      await oneCascade(outside, servers)
      done += 1
      if (done === from || done === to) {
        marks.push({
          at: performance.now(),
          cpu: servers.reduce((sum, server) => sum + cpuSeconds(server), 0),
        })
      }
    }
  })
  await Promise.all(workers)
  const [first, last] = marks
  if (!first || !last) return {}
  const seconds = (last.at - first.at) / 1000
  const cpuMs = ((last.cpu - first.cpu) * 1000) / (to - from)
  return { cascadesPerSecond: Math.round((to - from) / seconds), cpuMsPerCascade: round(cpuMs) }
}

/** The hook's answer while cascades come in evenly, and what follows an error meanwhile. */
export async function latency(
  outside: Outside,
  servers: readonly Server[],
  perSecond: number,
  seconds: number,
): Promise<Row> {
  const times: number[] = []
  const all: Promise<void>[] = []
  outside.fallThroughTimes.length = 0
  const startedAt = performance.now()
  for (let sent = 0; sent < perSecond * seconds; sent++) {
    const hook = nextHook(outside)
    const at = performance.now()
    const continued = outside.continued(hook.id)
    all.push(
      post(`${hookUrl(servers, hook.id)}`, hook.body, 'form').then(status => {
        if (status !== 200) throw new Error(`The hook was answered with ${status}`)
        times.push(performance.now() - at)
        return continued
      }),
    )
    const nextAt = startedAt + ((sent + 1) * 1000) / perSecond
    if (nextAt > performance.now()) await pause(nextAt - performance.now())
  }
  await Promise.all(all)
  return {
    perSecond,
    p50Ms: share(times, 0.5),
    p99Ms: share(times, 0.99),
    nextSendP50Ms: share(outside.fallThroughTimes, 0.5),
    nextSendP99Ms: share(outside.fallThroughTimes, 0.99),
  }
}

/** A balancer would give each hook to the next process. */
export function hookUrl(servers: readonly Server[], id: number): string {
  return `${servers[id % servers.length]?.url}/hooks/kommo/salesbot`
}

import { parseArgs } from 'node:util'
import { PostgresServer } from '../e2e/support/postgres.ts'
import { startOutside } from './outside.ts'
import { BOX_SECRET, fillAccounts } from './accounts.ts'
import { freePort, kill, startServer, cpuSeconds } from './processes.ts'
import { execSync } from 'node:child_process'
import { ACCOUNTS } from './accounts.ts'
import { createHmac, randomUUID } from 'node:crypto'
import { post } from './outside.ts'
const which = process.argv[2] ?? 'product'
const count = Number(process.argv[3] ?? 3000)
const procs = Number(process.argv[4] ?? 1)
const IN_FLIGHT = Number(process.argv[5] ?? 400)
const SECRET = 'x'.repeat(30)
const pgs = await PostgresServer.start({
  fsync: 'on',
  full_page_writes: 'on',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  ...(process.env['STATS'] ? { shared_preload_libraries: 'pg_stat_statements' } : {}),
})
const outside = await startOutside()
const url = await (await import('../e2e/support/postgres.ts')).createDatabase(pgs.url())
if (process.env['STATS'])
  await (
    await import('../e2e/support/postgres.ts')
  ).runStatement(url, 'create extension pg_stat_statements')
const servers: any[] = []
const ports: number[] = []
for (let i = 0; i < procs; i++) ports.push(await freePort())
if (which === 'product')
  await fillAccounts(url, {
    outsideUrl: `${outside.url}/v2`,
    publicUrl: `http://127.0.0.1:${ports[0]}`,
  })
for (let i = 0; i < procs; i++) {
  const port = ports[i]!
  servers.push(
    which === 'product'
      ? await startServer('api/main.ts', port, {
          HOST: '127.0.0.1',
          PUBLIC_URL: `http://127.0.0.1:${ports[0]}`,
          KOMMO_CLIENT_ID: 'bench',
          KOMMO_CLIENT_SECRET: SECRET,
          KOMMO_URL: outside.url,
          KOMMO_MAX_REQUESTS_PER_SECOND: '100000',
          RADIST_API_URL: `${outside.url}/v2`,
          DATABASE_URL: url,
          FILES_URL: 's3://b?endpoint=http://127.0.0.1:1',
          SECRET_KEY: BOX_SECRET,
          LOG_LEVEL: process.env['LOG'] ?? 'error',
          NODE_OPTIONS: process.env['PROF'] ?? '',
        })
      : await startServer('bench/peers/pg-boss.ts', port, {
          OUTSIDE_URL: outside.url,
          KOMMO_CLIENT_SECRET: SECRET,
          DATABASE_URL: url,
        }),
  )
}
outside.server.url = servers[0]!.url
process.on('exit', () => servers.forEach(s => s.process.kill('SIGKILL')))
let lastId = 0
function nextHook() {
  lastId += 1
  const account = (lastId % ACCOUNTS) + 1
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
  return {
    id: lastId,
    body: new URLSearchParams({
      token,
      return_url: `${outside.url}/api/v4/salesbot/1/continue/${lastId}`,
      'data[message]': '{"version":1,"text":"Hello [Contact.Name]"}',
    }).toString(),
  }
}
const pgCpu = () => {
  return execSync('cat /proc/[0-9]*/stat', { encoding: 'utf8' })
    .split('\n')
    .filter(l => l.includes('(postgres)'))
    .reduce((s, l) => {
      const f = l.split(') ')[1]!.split(' ')
      return s + (Number(f[11]) + Number(f[12])) / 100
    }, 0)
  const out = execSync('ps -eo pid,time,comm | grep postgres', { encoding: 'utf8' })
  return out.split('\n').reduce((s, l) => {
    const t = /(\d+):(\d+):(\d+)/.exec(l)
    return t ? s + Number(t[1]) * 3600 + Number(t[2]) * 60 + Number(t[3]) : s
  }, 0)
}
let left = count,
  done = 0,
  slow = 0
const marks: any[] = []
const lat: number[] = []
await Promise.all(
  Array.from({ length: IN_FLIGHT }, async () => {
    while (left > 0) {
      left -= 1
      const hook = nextHook()
      const continued = outside.continued(hook.id)
      const at = performance.now()
      const status = await post(
        `${servers[hook.id % procs]!.url}/hooks/kommo/salesbot`,
        hook.body,
        'form',
      )
      lat.push(performance.now() - at)
      if (status !== 200) throw new Error(String(status))
      await continued
      done += 1
      if (done === Math.floor(count * 0.2) || done === Math.floor(count * 0.8))
        marks.push({
          at: performance.now(),
          cpu: servers.reduce((s, x) => s + cpuSeconds(x), 0),
          pg: pgCpu(),
          own: process.cpuUsage(),
        })
    }
  }),
)
const [a, b] = marks
const n = Math.floor(count * 0.8) - Math.floor(count * 0.2)
lat.sort((x, y) => x - y)
console.log(
  which,
  procs,
  'cascades/s',
  Math.round(n / ((b.at - a.at) / 1000)),
  'node ms',
  (((b.cpu - a.cpu) * 1000) / n).toFixed(2),
  'pg ms',
  (((b.pg - a.pg) * 1000) / n).toFixed(2),
  'loadgen ms',
  ((b.own.user + b.own.system - a.own.user - a.own.system) / 1000 / n).toFixed(2),
  'hook p50',
  lat[Math.floor(lat.length / 2)]!.toFixed(1),
  'p99',
  lat[Math.floor(lat.length * 0.99)]!.toFixed(1),
)
if (process.env['STATS']) {
  const r = await (
    await import('../e2e/support/postgres.ts')
  ).runStatement(
    url,
    `select calls, rows, round(total_exec_time::numeric,0) ms, round((mean_exec_time)::numeric,3) mean, left(query, 130) q from pg_stat_statements order by total_exec_time desc limit 40`,
  )
  console.table(r.rows)
}
for (const s of servers) {
  if (process.env['PROF']) {
    s.process.kill('SIGTERM')
    await new Promise(r => setTimeout(r, 4000))
  } else await kill(s)
}
outside.close()
await pgs.stop()
process.exit(0)

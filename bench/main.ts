import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { SignJWT } from 'jose'
import { Accounts } from '../storage/accounts.ts'
import { openDatabase } from '../storage/database.ts'
import { loadSecret, SecretBox } from '../storage/secret-box.ts'

/**
 * `npm run bench`: how long the hook takes to answer, each run stored with a full synchronous commit,
 * beside a server that does the same HTTP work and verifies nothing and stores nothing.
 */
const root = path.resolve(import.meta.dirname, '..')
const SECONDS = 8
const SECRET = 'the secret of the benchmark’s integration'
const SUBDOMAIN = 'bench'

let continueId = 0
const folder = await mkdtemp(path.join(os.tmpdir(), 'cascade-bench-'))
const baseline = await listen((request, response) => {
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json')
    response.end('{"result":"started"}')
  })
})
// Kommo and Radist answer at once that there is nothing: what is measured is us.
const outside = await listen((request, response) => {
  request.resume().on('end', () => {
    response.statusCode = 204
    response.end()
  })
})
const probe = await listen(() => undefined)
const { port } = probe
probe.close()

const database = await openDatabase(`sqlite:${folder}/cascade.db`)
const accounts = new Accounts(new SecretBox(loadSecret(undefined, folder)), outside.url)
await accounts.save(
  database,
  { id: 1, subdomain: SUBDOMAIN, kommoToken: 't', radist: null },
  Date.now(),
)
await database.destroy()

const startedAt = performance.now()
const product = spawn('node', ['api/main.ts'], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: {
    ...process.env,
    PORT: String(port),
    HOST: '127.0.0.1',
    KOMMO_CLIENT_ID: 'bench',
    KOMMO_CLIENT_SECRET: SECRET,
    KOMMO_URL: outside.url,
    RADIST_API_URL: outside.url,
    DATABASE_URL: `sqlite:${folder}/cascade.db`,
    FILES_URL: `file:${folder}/files`,
    LOG_LEVEL: 'silent',
  },
})
const url = `http://127.0.0.1:${port}`
for (;;) {
  const answered = await fetch(`${url}/healthz`).then(
    response => response.ok,
    () => false,
  )
  if (answered) break
  await new Promise(resolve => {
    setTimeout(resolve, 5)
  })
}
const coldStartMs = Math.round(performance.now() - startedAt)

try {
  const rows: Record<string, string | number>[] = []
  for (const perSecond of [50, 200]) {
    rows.push({ server: 'baseline', perSecond, ...(await load(baseline.url, perSecond)) })
    rows.push({ server: 'product', perSecond, ...(await load(url, perSecond)) })
  }
  process.stdout.write(
    `\nCold start to the first answer: ${coldStartMs} ms\nThe hook's answer, in milliseconds:\n`,
  )
  process.stdout.write(`${rows.map(row => Object.values(row).join('\t')).join('\n')}\n`)
  process.stdout.write(`${JSON.stringify({ coldStartMs, hook: rows })}\n`)
} finally {
  product.kill('SIGKILL')
  baseline.close()
  outside.close()
  await rm(folder, { recursive: true, force: true })
}

async function load(server: string, perSecond: number) {
  const times: number[] = []
  let failures = 0
  const pending: Promise<void>[] = []
  for (let sent = 0; sent < perSecond * SECONDS; sent++) {
    const body = await hookBody()
    const at = performance.now()
    pending.push(
      fetch(`${server}/hooks/kommo/salesbot`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      }).then(async response => {
        await response.arrayBuffer()
        if (response.status !== 200) failures += 1
        times.push(performance.now() - at)
      }),
    )
    await new Promise(resolve => {
      setTimeout(resolve, 1000 / perSecond)
    })
  }
  await Promise.all(pending)
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1))
  return { p50: at(0.5), p99: at(0.99), failures }
}

async function hookBody(): Promise<string> {
  continueId += 1
  const token = await new SignJWT({
    account_id: 1,
    subdomain: SUBDOMAIN,
    entity_type: 2,
    entity_id: continueId,
    nonce: randomUUID(),
  })
    .setProtectedHeader({ alg: 'HS512' })
    .setIssuedAt()
    .setExpirationTime('30m')
    .sign(new TextEncoder().encode(SECRET))
  return new URLSearchParams({
    token,
    return_url: `${outside.url}/api/v4/salesbot/1/continue/${continueId}`,
    'data[message]': '{"version":1,"text":"Hello [Contact.Name]"}',
  }).toString()
}

function listen(
  handler: RequestListener,
): Promise<{ url: string; port: number; close: () => void }> {
  return new Promise(resolve => {
    const server = createServer(handler).listen(0, '127.0.0.1', () => {
      const address = server.address()
      const bound = address && typeof address === 'object' ? address.port : 0
      resolve({ url: `http://127.0.0.1:${bound}`, port: bound, close: () => server.close() })
    })
  })
}

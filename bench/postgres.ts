import pino from 'pino'
import { createDatabase, PostgresServer, runStatement } from '../e2e/support/postgres.ts'
import { scheduleWaits } from '../storage/copy-database.ts'
import { openStorage } from '../storage/storage.ts'
import { BOX_SECRET, fillAccounts, fillWaiting } from './accounts.ts'
import { latency, SECRET, throughput } from './load.ts'
import type { Outside } from './outside.ts'
import {
  cpuSeconds,
  freePort,
  kill,
  memoryMb,
  pause,
  startServer,
  type Server,
} from './processes.ts'
import { median, print, progress, round, share, target, type Row, type Target } from './report.ts'

/**
 * The product on PostgreSQL, with full synchronous commits, as one process and as two; beside it, in the same
 * run, the product on SQLite, the baseline without any storage, and a plain cascade on pg-boss
 * (`bench/peers/`) on the same PostgreSQL server. All share the two cores of one machine.
 */
const CASCADES = 4000
const WAITING = 100_000
const PRODUCT = 'product, PostgreSQL'
const PEER = 'plain pg-boss cascade'
/** As an operator's server would be set; the tests' own server saves itself the disk. */
const SETTINGS = {
  fsync: 'on',
  full_page_writes: 'on',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
}

type Starts = { baseline: () => Promise<Server>; sqlite: () => Promise<Server> }

export async function postgresSpeed(
  outside: Outside,
  rounds: number,
  starts: Starts,
): Promise<{ results: Record<string, unknown>; targets: Target[] }> {
  const postgres = await PostgresServer.start(SETTINGS)
  try {
    progress('cascades per second, with PostgreSQL')
    const measured: Record<string, Row[]> = {}
    for (let round_ = 0; round_ < rounds; round_++) {
      for (const [name, start] of Object.entries({
        baseline: async () => [await starts.baseline()],
        'product, SQLite': async () => [await starts.sqlite()],
        'product, PostgreSQL, two processes': () => startProduct(outside, postgres, 2),
        // One right after the other: a machine's speed changes from minute to minute.
        [PRODUCT]: () => startProduct(outside, postgres, 1),
        [PEER]: () => startPeer(outside, postgres),
      })) {
        const servers = await start()
        await throughput(outside, servers, CASCADES / 5)
        ;(measured[name] ??= []).push(await throughput(outside, servers, CASCADES))
        await Promise.all(servers.map(kill))
      }
    }
    const speed = Object.entries(measured).map(([server, rows]): Row => ({
      server,
      ...median(rows),
    }))
    print('Cascades with PostgreSQL, three of ten fall through once (median)', speed)

    progress('the hook’s answer, with PostgreSQL')
    outside.settings.errorAfterMs = 1500
    const answered: Record<string, Row[]> = {}
    for (let round_ = 0; round_ < rounds; round_++) {
      for (const [name, start] of Object.entries({
        [PRODUCT]: () => startProduct(outside, postgres, 1),
        'product, PostgreSQL, two processes': () => startProduct(outside, postgres, 2),
        [PEER]: () => startPeer(outside, postgres),
      })) {
        const servers = await start()
        // Whoever has just started still compiles.
        await throughput(outside, servers, CASCADES / 5)
        ;(answered[name] ??= []).push(await latency(outside, servers, 100, 15))
        await Promise.all(servers.map(kill))
      }
    }
    const answers = Object.entries(answered).map(([server, rows]): Row => ({
      server,
      ...median(rows),
    }))
    print(
      'The hook’s answer with PostgreSQL, and from an error’s receipt to the next send (median)',
      answers,
    )

    progress('waiting runs, with PostgreSQL')
    const waits = [await waiting(outside, postgres)]
    print('Waiting runs, two processes', waits)

    const perSecond = (server: string, round_: number) =>
      Number(measured[server]?.[round_]?.['cascadesPerSecond'])
    const ratios = Array.from({ length: rounds }, (_, round_) =>
      round(perSecond(PRODUCT, round_) / perSecond(PEER, round_)),
    )
    process.stdout.write(`\nTo the plain pg-boss cascade, round by round: ${ratios.join(', ')}\n`)
    const [answer] = answers
    const [wait] = waits
    return {
      results: { speed, ratios, answers, waits },
      targets: [
        target(
          'cascades per second on PostgreSQL, to the plain pg-boss cascade',
          share(ratios, 0.5),
          '≥',
          1.5,
        ),
        target('hook p99 at 100/s on PostgreSQL, ms', Number(answer?.['p99Ms']), '<', 60),
        target(
          '100,000 waiting on PostgreSQL, MB a process',
          Number(wait?.['waitingMb']),
          '<',
          400,
        ),
      ],
    }
  } finally {
    await postgres.stop()
  }
}

async function startProduct(
  outside: Outside,
  postgres: PostgresServer,
  processes: number,
): Promise<Server[]> {
  const ports = await Promise.all(Array.from({ length: processes }, freePort))
  const publicUrl = `http://127.0.0.1:${ports[0]}`
  const url = await createDatabase(postgres.url())
  await fillAccounts(url, { outsideUrl: `${outside.url}/v2`, publicUrl })
  return startAll(outside, url, ports)
}

export async function startAll(
  outside: Outside,
  url: string,
  ports: readonly number[],
): Promise<Server[]> {
  const servers: Server[] = []
  for (const port of ports) {
    const server = await startServer('api/main.ts', port, {
      HOST: '127.0.0.1',
      PUBLIC_URL: `http://127.0.0.1:${ports[0]}`,
      KOMMO_CLIENT_ID: 'bench',
      KOMMO_CLIENT_SECRET: SECRET,
      KOMMO_URL: outside.url,
      KOMMO_MAX_REQUESTS_PER_SECOND: '100000',
      RADIST_API_URL: `${outside.url}/v2`,
      DATABASE_URL: url,
      // Nothing is stored there while it is measured.
      FILES_URL: `s3://bench?endpoint=${outside.url}`,
      SECRET_KEY: BOX_SECRET,
      LOG_LEVEL: 'silent',
    })
    servers.push(server)
  }
  outside.server.url = servers[0]?.url ?? ''
  return servers
}

async function startPeer(outside: Outside, postgres: PostgresServer): Promise<Server[]> {
  const server = await startServer('bench/peers/pg-boss.ts', await freePort(), {
    OUTSIDE_URL: outside.url,
    KOMMO_CLIENT_SECRET: SECRET,
    DATABASE_URL: await createDatabase(postgres.url()),
  })
  outside.server.url = server.url
  return [server]
}

/** So many runs wait in the database of two processes: what each costs meanwhile, and how fast all go on. */
async function waiting(outside: Outside, postgres: PostgresServer): Promise<Row> {
  const ports = await Promise.all([freePort(), freePort()])
  const url = await createDatabase(postgres.url())
  await fillAccounts(url, {
    outsideUrl: `${outside.url}/v2`,
    publicUrl: `http://127.0.0.1:${ports[0]}`,
  })
  const deadlineAt = Date.now() + 120_000
  await fillWaiting(url, { count: WAITING, deadlineAt, outsideUrl: outside.url })
  const log = pino({ level: 'silent' })
  const storage = await openStorage({ url, dataFolder: '', log })
  await scheduleWaits(storage.database, storage.transact)
  await storage.close()
  const servers = await startAll(outside, url, ports)
  await pause(2000)
  const cpuBefore = servers.map(cpuSeconds)
  const watchedMs = Math.max(5000, Math.min(15_000, deadlineAt - Date.now() - 2000))
  await pause(watchedMs)
  const cpu = servers.map((server, index) => cpuSeconds(server) - (cpuBefore[index] ?? 0))
  const waitingMb = Math.max(...servers.map(memoryMb))
  await pause(Math.max(0, deadlineAt - Date.now()))
  let releasedMb = 0
  for (;;) {
    releasedMb = Math.max(releasedMb, ...servers.map(memoryMb))
    const { rowCount } = await runStatement(
      url,
      `select 1 from runs where wake_at <= ${deadlineAt} and phase = 'waiting' limit 1`,
    )
    if (rowCount === 0) break
    await pause(100)
  }
  const releaseSeconds = round((Date.now() - deadlineAt) / 1000)
  await Promise.all(servers.map(kill))
  const cpuPercent = round((Math.max(...cpu) * 100_000) / watchedMs)
  return { count: WAITING, waitingMb, cpuPercent, releaseSeconds, releasedMb }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase } from '../storage/database.ts'
import { BOX_SECRET, fillAccounts, fillWaiting } from './accounts.ts'
import { chatLookups, type ChatRow } from './chats.ts'
import { finishedRuns } from './finished.ts'
import { latency, SECRET, throughput } from './load.ts'
import { startOutside } from './outside.ts'
import { postgresSpeed } from './postgres.ts'
import {
  median,
  print,
  printTargets,
  progress,
  round,
  share,
  target,
  type Row,
  type Target,
} from './report.ts'
import { settingsSpeed } from './settings.ts'
import { uploadMemory } from './uploads.ts'
import { widgetSpeed } from './widget.ts'
import {
  cpuSeconds,
  freePort,
  kill,
  memoryMb,
  pause,
  startServer,
  type Server,
} from './processes.ts'

/**
 * `npm run bench`: the product on SQLite with full synchronous commits, beside a baseline that does the
 * same HTTP work with a Map and setTimeout, in the same run. Nothing here is asserted by a test.
 * `--quick` measures once instead of five times; `--settings` measures the settings app alone, `--chats` the chat index, `--postgres` several
 * processes, `--finished N` the live path beside N finished runs.
 */
const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    settings: { type: 'boolean', default: false },
    chats: { type: 'boolean', default: false },
    postgres: { type: 'boolean', default: false },
    finished: { type: 'string' },
  },
})
const ROUNDS = flags.quick ? 1 : 5
const CASCADES = 5000
const RESULTS = path.join(import.meta.dirname, 'results.json')

const outside = await startOutside()

const folders: string[] = []
let chats: ChatRow[] | null = null
let postgres: Record<string, unknown> | null = null
let settings: Awaited<ReturnType<typeof settingsSpeed>> | null = null
const servers: Server[] = []

async function newFolder(port: number): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cascade-bench-'))
  folders.push(folder)
  const publicUrl = `http://127.0.0.1:${port}`
  await fillAccounts(`sqlite:${folder}/cascade.db`, { outsideUrl: `${outside.url}/v2`, publicUrl })
  return folder
}

async function startProduct(folder: string, port: number): Promise<Server> {
  const server = await startServer('api/main.ts', port, {
    HOST: '127.0.0.1',
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    KOMMO_CLIENT_ID: 'bench',
    KOMMO_CLIENT_SECRET: SECRET,
    KOMMO_URL: outside.url,
    // What is measured is the engine: the outside of a benchmark has no cap for our address.
    KOMMO_MAX_REQUESTS_PER_SECOND: '100000',
    RADIST_API_URL: `${outside.url}/v2`,
    DATABASE_URL: `sqlite:${folder}/cascade.db`,
    FILES_URL: `file:${folder}/files`,
    SECRET_KEY: BOX_SECRET,
    LOG_LEVEL: 'silent',
  })
  servers.push(server)
  outside.server.url = server.url
  return server
}

async function startBaseline(): Promise<Server> {
  const port = await freePort()
  const server = await startServer('bench/baseline.ts', port, {
    OUTSIDE_URL: outside.url,
    KOMMO_CLIENT_SECRET: SECRET,
  })
  servers.push(server)
  outside.server.url = server.url
  return server
}

/** So many waiting runs: what they cost while they wait, and how fast they go on when they are due. */
async function waiting(count: number): Promise<Row> {
  const port = await freePort()
  const folder = await newFolder(port)
  const deadlineAt = Date.now() + 60_000 + count / 5
  await fillWaiting(`sqlite:${folder}/cascade.db`, { count, deadlineAt, outsideUrl: outside.url })
  const server = await startProduct(folder, port)
  await pause(2000)
  const cpuBefore = cpuSeconds(server)
  const watchedMs = Math.min(15_000, deadlineAt - Date.now() - 2000)
  await pause(watchedMs)
  const cpuPercent = round(((cpuSeconds(server) - cpuBefore) * 100_000) / watchedMs)
  const waitingMb = memoryMb(server)
  await pause(Math.max(0, deadlineAt - Date.now()))
  const database = await openDatabase(`sqlite:${folder}/cascade.db`)
  let releasedMb = 0
  for (;;) {
    releasedMb = Math.max(releasedMb, memoryMb(server))
    const left = await database
      .selectFrom('runs')
      .select('id')
      .where('wake_at', '<=', deadlineAt)
      .where('phase', '=', 'waiting')
      .limit(1)
      .executeTakeFirst()
    if (!left) break
    await pause(20)
  }
  const releaseSeconds = round((Date.now() - deadlineAt) / 1000)
  await database.destroy()
  await kill(server)
  return { count, waitingMb, cpuPercent, releaseSeconds, releasedMb }
}

/** Kill -9 with 10,000 runs waiting, all of them near their deadlines: from the start to the first answer. */
async function recovery(): Promise<number> {
  const port = await freePort()
  const folder = await newFolder(port)
  const deadlineAt = Date.now() + 120_000
  await fillWaiting(`sqlite:${folder}/cascade.db`, {
    count: 10_000,
    deadlineAt,
    outsideUrl: outside.url,
  })
  const first = await startProduct(folder, port)
  await kill(first)
  const database = await openDatabase(`sqlite:${folder}/cascade.db`)
  // The grace after a stop touches those that are near, so the worst case is that all are.
  await database
    .updateTable('runs')
    .set({ wake_at: Date.now() + 20_000 })
    .execute()
  await database.destroy()
  const second = await startProduct(folder, port)
  await kill(second)
  return second.startMs
}

async function measureSettings(): Promise<Target[]> {
  progress('the settings app')
  const { answers, interactions, scores } = await settingsSpeed()
  print(
    'The settings app: answers, ms (median), for a small account (baseline) and a large one',
    answers,
  )
  print('From a key or a click to the next paint, ms (the slowest event)', interactions)
  print('Lighthouse', scores)
  settings = { answers, interactions, scores }
  const slowest = (rows: readonly { largeMs: number }[]) =>
    Math.max(...rows.map(row => row.largeMs))
  const worst = (name: 'performance' | 'accessibility' | 'bestPractices' | 'seo') =>
    Math.min(...scores.map(score => score[name]))
  return [
    target('the slowest answer for the settings, ms', slowest(answers), '≤', 100),
    target('the slowest interaction of the settings, ms', slowest(interactions), '≤', 100),
    target('Lighthouse, performance', worst('performance'), '≥', 95),
    target('Lighthouse, accessibility', worst('accessibility'), '≥', 100),
    target('Lighthouse, best practices', worst('bestPractices'), '≥', 100),
    target('Lighthouse, SEO', worst('seo'), '≥', 100),
  ]
}

async function measurePostgres(): Promise<Target[]> {
  const measured = await postgresSpeed(outside, Math.min(ROUNDS, 3), {
    baseline: startBaseline,
    async sqlite() {
      const port = await freePort()
      return startProduct(await newFolder(port), port)
    },
  })
  postgres = measured.results
  return measured.targets
}

async function measureChats(): Promise<Target[]> {
  progress('the chat index')
  const rows = await chatLookups()
  print('Looking up a contact’s chats, µs, in a small index (baseline) and a large one', rows)
  const large = rows.find(row => row.chats > 1000)
  chats = rows
  return [
    target('a lookup among a million chats, p99 in µs', large?.lookupP99Us ?? 0, '≤', 1000),
    target('lookups that found their chat', large?.found ?? 0, '≥', 1),
  ]
}

try {
  if (flags.finished !== undefined) {
    const measured = await finishedRuns(outside, Number(flags.finished))
    printTargets(measured.targets)
    process.exit()
  }
  if (flags.settings || flags.chats || flags.postgres) {
    const measure = flags.settings ? measureSettings : flags.chats ? measureChats : measurePostgres
    printTargets(await measure())
    process.exit()
  }
  progress('cascades per second')
  const rounds: { baseline: Row[]; product: Row[]; coldStartMs: number[] } = {
    baseline: [],
    product: [],
    coldStartMs: [],
  }
  for (let round_ = 0; round_ < ROUNDS; round_++) {
    const baseline = await startBaseline()
    await throughput(outside, [baseline], CASCADES / 5)
    rounds.baseline.push(await throughput(outside, [baseline], CASCADES))
    await kill(baseline)
    const port = await freePort()
    const product = await startProduct(await newFolder(port), port)
    rounds.coldStartMs.push(product.startMs)
    await throughput(outside, [product], CASCADES / 5)
    rounds.product.push(await throughput(outside, [product], CASCADES))
    await kill(product)
  }
  const speed = {
    baseline: median(rounds.baseline),
    product: median(rounds.product),
    coldStartMs: share(rounds.coldStartMs, 0.5),
  }
  print('Cascades, three of ten fall through once (median)', [
    { server: 'baseline', ...speed.baseline },
    { server: 'product', ...speed.product },
  ])

  progress('the hook’s answer')
  // Late enough that the account's limit of one chat a second does not bind.
  outside.settings.errorAfterMs = 1500
  const answers: Row[] = []
  for (const perSecond of [50, 200]) {
    const baseline = await startBaseline()
    await latency(outside, [baseline], perSecond, 2)
    answers.push({ server: 'baseline', ...(await latency(outside, [baseline], perSecond, 15)) })
    await kill(baseline)
    const port = await freePort()
    const product = await startProduct(await newFolder(port), port)
    await latency(outside, [product], perSecond, 2)
    answers.push({ server: 'product', ...(await latency(outside, [product], perSecond, 15)) })
    await kill(product)
  }
  print('The hook’s answer, and from an error’s receipt to the next messenger’s send', answers)

  progress('waiting runs')
  const waits = [await waiting(20_000), await waiting(100_000)]
  print('Waiting runs', waits)

  progress('recovery')
  const recoveries: number[] = []
  for (let round_ = 0; round_ < ROUNDS; round_++) recoveries.push(await recovery())
  const recoveryMs = share(recoveries, 0.5)
  print('Starts (milliseconds to the first answer)', [
    { coldStartMs: speed.coldStartMs, after10000WaitingKilledMs: recoveryMs },
  ])

  progress('uploads')
  const uploads = await uploadMemory()
  print('Twenty uploads of 100 MB at once', uploads)

  progress('the widget')
  const widget = await widgetSpeed()
  print('The widget at a quarter of the processor’s speed, ms (median)', [
    { what: 'loading, its app evaluated at once (baseline)', ms: widget.eagerLoadMs },
    { what: 'loading', ms: widget.loadMs },
    { what: 'from the click to the first field', ms: widget.fieldMs },
  ])

  const answerAt = (perSecond: number) =>
    answers.find(row => row['server'] === 'product' && row['perSecond'] === perSecond)
  const [, most] = waits
  const ofProduct = uploads.find(row => row.server === 'product')
  const growthMb = Number(ofProduct?.peakMb) - Number(ofProduct?.beforeMb)
  const ratio = round(
    Number(speed.product['cascadesPerSecond']) / Number(speed.baseline['cascadesPerSecond']),
  )
  const targets: Target[] = [
    target('cascades per second, to the baseline', ratio, '≥', 0.6),
    target('hook p99 at 200/s, ms', Number(answerAt(200)?.['p99Ms']), '<', 25),
    target('error to next send p99 at 50/s, ms', Number(answerAt(50)?.['nextSendP99Ms']), '≤', 30),
    target('100,000 waiting, MB', Number(most?.['waitingMb']), '<', 350),
    target('100,000 waiting, % of a core', Number(most?.['cpuPercent']), '≤', 2),
    target('recovery of 10,000 waiting, ms', recoveryMs, '≤', 2000),
    target('20 uploads of 100 MB, growth in MB', growthMb, '≤', 200),
    target('loading the widget at 4× CPU, ms', widget.loadMs, '≤', 50),
    target('the first field at 4× CPU, ms', widget.fieldMs, '≤', 300),
    ...(await measureSettings()),
    ...(await measureChats()),
    ...(await measurePostgres()),
  ]
  printTargets(targets)
  const at = new Date().toISOString()
  const results = {
    at,
    speed,
    answers,
    waits,
    recoveryMs,
    uploads,
    widget,
    settings,
    chats,
    postgres,
    targets,
  }
  await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`)
  process.stdout.write(`\nWritten to ${path.relative(process.cwd(), RESULTS)}\n`)
} finally {
  for (const server of servers) server.process.kill('SIGKILL')
  outside.close()
  await Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true })))
}

import pino from 'pino'
import { createLimiter } from '../../integrations/limiter.ts'
import { Accounts } from '../../storage/accounts.ts'
import { upsertChat } from '../../storage/chats.ts'
import { saveCascade, upsertConnection, upsertMessenger } from '../../storage/cascades.ts'
import { openDatabase } from '../../storage/database.ts'
import { createGroupCommit } from '../../storage/group-commit.ts'
import { DatabaseLostError } from '../../storage/failures.ts'
import { insertFile } from '../../storage/files.ts'
import { findRun } from '../../storage/runs.ts'
import { SecretBox } from '../../storage/secret-box.ts'
import type { Storage } from '../../storage/storage.ts'
import { openTestStorage, type DatabaseKind } from '../../storage/testing/open-test-storage.ts'
import type { Success } from '../../contracts/cascade.ts'
import type { HistoryEntry } from '../../contracts/history.ts'
import { Engine } from '../engine.ts'
import { eraseContact } from '../erase-contact.ts'
import { createMetrics } from '../metrics.ts'
import { receive } from '../receive.ts'
import type { Services } from '../services.ts'
import { createWakeTimer } from '../../storage/wake-timer.ts'
import { onlyWorker } from '../core/worker.ts'
import { checkHistory, type RunRecord, type WorldHistory } from './history-checker.ts'
import { SimClock } from './sim-clock.ts'
import { phoneOf, SimWorld, type ChatFate, type ContinueFate, type SendFate } from './sim-world.ts'

/** A random history in the making: who sends when, what goes wrong, when the process dies. */
export type Scenario = {
  messengers: { connections: number; waitSeconds: number; success: Success; isOn: boolean }[]
  runs: { account: 0 | 1; contact: number; atMs: number; hasFile: boolean }[]
  /** Contacts that have a chat over the first connection already. */
  knownContacts: number[]
  sendFates: SendFate[]
  chatFates: ChatFate[]
  continueFates: ContinueFate[]
  restarts: { atMs: number; downMs: number }[]
  /** The database does not answer. */
  outages: { atMs: number; forMs: number }[]
  /** A person asks for a contact to be erased. */
  erasures: { account: 0 | 1; contact: number; atMs: number }[]
  /** Requests to the provider queue behind the account's limiter. */
  hasLimits: boolean
}

export const MESSENGERS = ['alpha', 'beta', 'gamma']
/** Longer than every wait, retry and lifetime together. */
const END_MS = 3 * 3600_000
const LIFETIME_SECONDS = 3600
const ASK_AGAIN_MS = 1000

/** A database for many simulations: each uses accounts of its own. */
export type SimDatabase = Pick<Storage, 'database' | 'transact' | 'isBusy'> & {
  accounts: Accounts
  nextId: number
}
export async function openSimDatabase(kind: DatabaseKind): Promise<SimDatabase> {
  const accounts = new Accounts(new SecretBox('the secret of the simulation'), 'https://sim.radist')
  return { ...(await openOf(kind)), accounts, nextId: 1000 }
}

/** SQLite in memory: a simulated crash stops the process, not the disk. */
async function openOf(kind: DatabaseKind) {
  if (kind === 'PostgreSQL') return openTestStorage(kind)
  const database = await openDatabase('sqlite::memory:')
  return { database, ...createGroupCommit(database) }
}

/** The database as our process sees it, which has outages. */
function withOutages(sim: SimDatabase, outages: Scenario['outages'], clock: SimClock): SimDatabase {
  const isOut = () =>
    outages.some(({ atMs, forMs }) => atMs <= clock.now() && clock.now() < atMs + forMs)
  const database = new Proxy(sim.database, {
    get(target, name) {
      if (isOut()) throw new DatabaseLostError({ cause: 'an outage' })
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return {
    ...sim,
    database,
    async transact(accountId, work, options) {
      if (isOut()) throw new DatabaseLostError({ cause: 'an outage' })
      return sim.transact(accountId, work, options)
    },
  }
}

export type SimResult = {
  violations: string[]
  world: WorldHistory
  records: RunRecord[]
  /** What the runs wrote down, in order. */
  history: HistoryEntry[]
}

/** Plays a scenario on a simulated clock with the real engine and database, and checks its history. */
export async function simulate(sim: SimDatabase, scenario: Scenario): Promise<SimResult> {
  const { database, accounts } = sim
  sim.nextId += 1000
  const base = sim.nextId
  const clock = new SimClock(sim.isBusy)
  const connections = [0, 1].flatMap(account =>
    scenario.messengers.flatMap((messenger, place) =>
      Array.from({ length: messenger.connections }, (_, index) => ({
        id: base + account * 100 + place * 10 + index,
        accountId: base + account,
        messenger: MESSENGERS[place] ?? '',
      })),
    ),
  )
  const limiter = scenario.hasLimits ? createLimiter(clock) : async () => false
  const world = new SimWorld({ clock, limiter, connections, firstId: base * 1000, ...scenario })
  for (const account of [0, 1]) await addAccount(sim, base + account, scenario, connections, world)

  const seen = scenario.outages.length > 0 ? withOutages(sim, scenario.outages, clock) : sim
  /** Whoever is not answered asks again. */
  const again = (work: () => void) => () => void clock.callAt(clock.now() + ASK_AGAIN_MS, work)

  let current: Process | null = await startProcess(seen, clock, world)
  const ids = new Map<string, RunPlan>()
  for (const [index, planned] of scenario.runs.entries()) {
    const plan = planOf(planned, base, index)
    await addFile(sim, plan)
    clock.callAt(planned.atMs, function hook() {
      if (!current) again(hook)()
      else startRun(seen, current.engine, plan).then(id => ids.set(id, plan), again(hook))
    })
  }
  for (const { account, contact, atMs } of scenario.erasures) {
    clock.callAt(atMs, function erase() {
      current?.erase(base + account, contact).catch(again(erase))
    })
  }
  for (const { atMs, downMs } of scenario.restarts) {
    clock.callAt(atMs, () => {
      current?.kill()
      current = null
      world.receiver = null
    })
    clock.callAt(atMs + downMs, function start() {
      if (current) return
      startProcess(seen, clock, world).then(started => (current = started), again(start))
    })
  }
  await clock.runUntil(END_MS)
  current?.kill()

  const records: RunRecord[] = []
  for (const [id, plan] of ids) {
    const stored = await findRun(database, id)
    if (!stored) continue
    records.push({
      run: stored.run,
      accountId: plan.accountId,
      contents: plan.contents,
      cascade: MESSENGERS.slice(0, scenario.messengers.length),
      wantsDelivered: scenario.messengers.every(messenger => messenger.success === 'delivered'),
    })
  }
  const outside = world.history()
  const violations = checkHistory(outside, records)
  const rows = await database
    .selectFrom('run_history')
    .select('entry')
    .where('account_id', 'in', [base, base + 1])
    .orderBy('seq')
    .execute()
  const history = rows.map(row => JSON.parse(row.entry) as HistoryEntry)
  if (records.length !== scenario.runs.length) {
    violations.push(`${scenario.runs.length - records.length} runs were lost`)
  }
  for (const account of [0, 1]) await accounts.remove(database, base + account)
  return { violations, world: outside, records, history }
}

type Process = {
  engine: Engine
  erase: (accountId: number, contactId: number) => Promise<number>
  kill: () => void
}

type RunPlan = {
  accountId: number
  contactId: number
  returnUrl: string
  message: string
  contents: string[]
}

function planOf(planned: Scenario['runs'][number], base: number, index: number): RunPlan {
  const text = `text of run ${base}-${index}`
  const name = `file of run ${base}-${index}`
  const file = { id: `simulated-file-${base}-${index}`, name, size: 5, kind: 'file' }
  return {
    accountId: base + planned.account,
    contactId: planned.contact,
    returnUrl: `https://sim.kommo.com/api/v4/salesbot/1/continue/${base + index}`,
    message: JSON.stringify({ version: 1, text, ...(planned.hasFile ? { file } : {}) }),
    contents: planned.hasFile ? [text, name] : [text],
  }
}

async function addFile({ database }: SimDatabase, plan: RunPlan): Promise<void> {
  const [, name] = plan.contents
  if (name === undefined) return
  const id = (JSON.parse(plan.message) as { file: { id: string } }).file.id
  const file = {
    id,
    accountId: plan.accountId,
    name,
    size: 5,
    kind: 'file',
    mimeType: 'x/y',
    state: 'ready',
  } as const
  await insertFile(database, file, 0)
}

async function startRun(sim: SimDatabase, engine: Engine, plan: RunPlan): Promise<string> {
  const account = await sim.accounts.find(sim.database, plan.accountId)
  if (!account) throw new Error('The simulation lost its account')
  await engine.startFromHook(account, {
    accountId: plan.accountId,
    origin: 'bot',
    entity: { type: 'contact', id: plan.contactId },
    returnUrl: plan.returnUrl,
    tokenIssuedAt: 0,
    tokenHash: plan.returnUrl,
    message: plan.message,
  })
  const row = await sim.database
    .selectFrom('runs')
    .select('id')
    .where('return_url', '=', plan.returnUrl)
    .executeTakeFirstOrThrow()
  return row.id
}

/** A process of ours: killed, it does nothing more, and nothing that it waits for comes back. */
async function startProcess(sim: SimDatabase, clock: SimClock, world: SimWorld): Promise<Process> {
  let isAlive = true
  const { database } = sim
  const log = pino({ level: 'silent' })
  const own: Services['clock'] = {
    now: () => clock.now(),
    async sleepUntil(at) {
      await clock.sleepUntil(at)
      if (!isAlive) await new Promise(() => undefined)
    },
    callAt: (at, callback) => clock.callAt(at, () => isAlive && callback()),
  }
  const services: Services = {
    database,
    transact: sim.transact,
    wakeUps: createWakeTimer({ clock: own, database, log }),
    worker: onlyWorker,
    accounts: sim.accounts,
    ...world.clientsFor(() => isAlive),
    clock: own,
    log,
    metrics: createMetrics(),
    failpoint: () => undefined,
    fileUrl: (_account, fileId) => `https://files.example/${fileId}`,
    settings: {
      publicUrl: 'https://cascade.example',
      deliveryWaitSeconds: 60,
      runLifetimeSeconds: LIFETIME_SECONDS,
    },
  }
  const engine = new Engine(services)
  await engine.start()
  world.receiver = async (accountId, event) => {
    const account = await sim.accounts.find(sim.database, accountId)
    if (account) await receive(services, engine, account, event)
  }
  return {
    engine,
    erase: (accountId, contactId) => eraseContact(services, engine, accountId, contactId),
    kill: () => {
      isAlive = false
    },
  }
}

async function addAccount(
  { database, accounts }: SimDatabase,
  id: number,
  scenario: Scenario,
  connections: readonly { id: number; accountId: number; messenger: string }[],
  world: SimWorld,
): Promise<void> {
  const radist = { key: 'k', url: null, companyId: 1 }
  await accounts.save(database, { id, subdomain: `s${id}`, kommoToken: 't', radist }, 0)
  await accounts.update(database, id, { country: 'ES', chats_synced_at: 1, radist_synced_at: 1 })
  for (const [position] of scenario.messengers.entries()) {
    const facts = {
      type: MESSENGERS[position] ?? '',
      canWriteFirst: true,
      newChatBy: ['phone'],
    } as const
    await upsertMessenger(database, id, facts, { position, isOn: true, isNew: false })
  }
  const own = connections.filter(connection => connection.accountId === id)
  for (const { id: connectionId, messenger } of own) {
    const facts = { connectionId, messenger, name: messenger, state: 'in_subscription' } as const
    await upsertConnection(database, id, facts, { ticked: true, isNew: false })
  }
  await saveCascade(database, id, {
    version: 1,
    messengers: scenario.messengers.map(({ isOn, waitSeconds, success }, place) => ({
      type: MESSENGERS[place] ?? '',
      isOn,
      waitSeconds,
      success,
      tickedConnectionIds: own.map(connection => connection.id),
    })),
  })
  const [first] = own
  for (const contact of first ? scenario.knownContacts : []) {
    const phone = phoneOf(contact)
    const chatId = world.chatOf(first?.id ?? 0, phone)
    const chat = { chatId, connectionId: first?.id ?? 0, phone, username: null }
    await upsertChat(database, id, { ...chat, lastActiveAt: 1, lastInboundAt: null })
  }
}

import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { inject, describe, expect, it } from 'vitest'
import type { CascadeView } from '../contracts/cascade.ts'
import { writeMessage } from '../contracts/message.ts'
import { Cluster, pause } from '../e2e/support/cluster.ts'
import { FAILPOINTS, UNKNOWN_FAILPOINTS } from '../e2e/support/failpoints.ts'
import { Line } from '../e2e/support/line.ts'
import { PostgresServer, createDatabase, runStatement } from '../e2e/support/postgres.ts'
import { settingsApiOf } from '../e2e/support/settings-api.ts'
import { uploaderOf } from '../e2e/support/tus.ts'
import { until } from '../e2e/support/until.ts'
import { FAULTS } from '../emulators/radist/faults.ts'
import { toCascadeChange } from '../settings-app/api/to-cascade-change.ts'
import { createTestDatabase } from '../storage/testing/open-test-storage.ts'

/**
 * The rows of the fault matrix that take long, with three processes on one PostgreSQL database: for
 * `npm run test:chaos`, which says by `CLUSTER_ROUNDS` how often what happens by chance is tried. Every test
 * ends with the history checker. (`cluster.test.ts` has those that every `npm test` runs: D1 D3 D4 D9 D13 R1 R7.)
 */
const ROUNDS = Number(process.env['CLUSTER_ROUNDS'] ?? 0)
const rounds = Array.from({ length: ROUNDS }, (_, round) => round + 1)
const MESSAGE = writeMessage({ version: 1, text: 'Hello [Contact.Name]' })
const LONG = { timeout: 600_000 }
const DAY_MS = 86_400_000
const ADMIN = 504
const FAULT_CHANCE = 0.03
const REFUSED = 'Hook answered 503'

describe.runIf(ROUNDS > 0)('three processes', LONG, () => {
  it('D1 S1 one after the other is killed at every place that a process can die at', async () => {
    const cluster = await Cluster.start(await createTestDatabase())
    const bot = await cluster.makeBot(MESSAGE)
    for (const failpoint of ['hook: before its commit', ...FAILPOINTS, ...UNKNOWN_FAILPOINTS]) {
      const member = await cluster.join({ FAILPOINT: failpoint })
      const isDead = () => member.product.process.signalCode === 'SIGKILL'
      for (let tries = 0; !isDead() && tries < 60; tries++) {
        // As for somebody new, so that a chat is created; Radist lets us create one in a second.
        await cluster.database.deleteFrom('chats').execute()
        await cluster.startBot(bot)
        await pause(1200)
      }
      expect(isDead(), failpoint).toBe(true)
      await cluster.end(member, 'SIGKILL')
    }
    await cluster.settled(300_000)
    const { runs } = await cluster.stop({ isComplete: true })
    expect(outcomesOf(runs).filter(kind => kind === 'delivered').length).toBeGreaterThan(20)
  })

  it('D2 D8 a dead process moves no deadline, and what nobody else is at comes in time', async () => {
    const cluster = await Cluster.start(await createTestDatabase(), three({ wait: '12' }))
    await cluster.react('whatsapp', 'silent')
    await cluster.runBots(MESSAGE, 6)
    await until('the sends', async () => (await waiting(cluster)).length === 6)
    const before = await waiting(cluster)
    const [first] = cluster.members
    if (first) await cluster.end(first, 'SIGKILL')
    await cluster.join({ DELIVERY_WAIT_SECONDS: '12' })
    expect(await waiting(cluster)).toEqual(before)
    await cluster.settled()
    const { runs } = await cluster.stop({ isComplete: true })
    expect(runs.length).toBeGreaterThanOrEqual(6)
    expect(new Set(outcomesOf(runs))).toEqual(new Set(['delivered']))
    for (const run of runs) {
      const [silent, next] = run.attempts.filter(one => one.number > 0)
      const waited = (next?.startedAt ?? 0) - (silent?.parts[0]?.sentAt ?? 0)
      expect(waited).toBeGreaterThanOrEqual(12_000)
    }
  })

  it.each(rounds)(
    'D5 the database is killed and comes back: all runs come to their end, round %i',
    async () => {
      const server = await PostgresServer.start({ fsync: 'on' })
      try {
        const cluster = await Cluster.start(await createDatabase(server.url()))
        const load = cluster.runBots(MESSAGE, 40, 400)
        for (let kill = 0; kill < 5; kill++) {
          await pause(1500)
          await server.kill()
          await pause(500)
          await server.startAgain()
        }
        await load
        await cluster.settled()
        const { runs } = await cluster.stop({ isComplete: true })
        expect(runs.length).toBeGreaterThan(20)
      } finally {
        await server.stop()
      }
    },
  )

  it('D6 the line of one to the database swallows everything: it says so, and comes back', async () => {
    const url = await createTestDatabase()
    const line = await Line.start(Number(new URL(inject('postgresUrl')).port))
    const over = Object.assign(new URL(url), { port: String(line.port) }).href
    const cluster = await Cluster.start(url, [{}, {}, { DATABASE_URL: over }])
    const isReady = async () => (await fetch(`${cluster.members[2]?.ownUrl}/readyz`)).ok
    const load = cluster.runBots(MESSAGE, 24, 150)
    await pause(1500)
    line.swallow()
    await until('it to say so', async () => !(await isReady()), 15_000)
    await load
    await cluster.settled()
    line.mend()
    await until('it to come back', isReady, 60_000)
    const { runs } = await cluster.stop({ isComplete: true })
    line.stop()
    expect(runs.length).toBeGreaterThan(12)
  })

  it('D7 D10 wake-ups whose jobs are lost come all the same, and one of next month does not', async () => {
    const cluster = await Cluster.start(await createTestDatabase())
    await cluster.react('whatsapp', 'silent')
    await cluster.runBots(MESSAGE, 4)
    await until('the sends', async () => (await waiting(cluster)).length > 0)
    const [far] = await waiting(cluster)
    const { database } = cluster
    const wakeAt = Date.now() + 30 * DAY_MS
    const later = database.updateTable('runs').where('id', '=', far?.id ?? '')
    await later.set({ wake_at: wakeAt }).execute()
    await runStatement(cluster.databaseUrl, 'delete from pgboss.job')
    await until('the others', async () => (await openRuns(cluster)).length === 1, 60_000)
    await cluster.runBots(MESSAGE, 3)
    await until('those after it', async () => (await openRuns(cluster)).length === 1, 60_000)
    expect(await openRuns(cluster)).toEqual([{ id: far?.id, wake_at: wakeAt }])
    await later.set({ wake_at: Date.now() }).execute()
    await cluster.settled()
    const { runs } = await cluster.stop({ isComplete: true })
    expect(new Set(outcomesOf(runs))).toEqual(new Set(['delivered']))
  })

  it('D11 a run that nobody can work on is put aside by all, and its neighbours go on', async () => {
    const cluster = await Cluster.start(await createTestDatabase())
    await cluster.react('whatsapp', 'silent')
    await cluster.runBots(MESSAGE, 1)
    await until('the send', async () => (await waiting(cluster)).length === 1)
    const { database } = cluster
    const { id, state } = await database
      .selectFrom('runs')
      .select(['id', 'state'])
      .executeTakeFirstOrThrow()
    const poisoned = database.updateTable('runs').where('id', '=', id)
    await poisoned.set({ state: '{"not":"a run"}', wake_at: Date.now() - 30_000 }).execute()
    const isPutAside = async () =>
      ((await openRuns(cluster)).find(run => run.id === id)?.wake_at ?? 0) > Date.now() + 60_000
    await until('it to be put aside', isPutAside)
    await cluster.runBots(MESSAGE, 6)
    await until('its neighbours', async () => (await openRuns(cluster)).length === 1, 60_000)
    expect(await isPutAside()).toBe(true)
    for (const { ownUrl } of cluster.members)
      expect((await fetch(`${ownUrl}/readyz`)).ok).toBe(true)
    await poisoned.set({ state, wake_at: Date.now() }).execute()
    await cluster.settled()
    await cluster.stop({ isComplete: true })
  })

  it('D12 a process with a bug lives on, and its sends are unknown until their wait is over', async () => {
    const script = path.resolve(import.meta.dirname, '../e2e/support/bug-in-send.mjs')
    const cluster = await Cluster.start(await createTestDatabase(), [
      { NODE_OPTIONS: `--import=${script}` },
      {},
      {},
    ])
    await cluster.runBots(MESSAGE, 12)
    await cluster.settled()
    for (const { ownUrl } of cluster.members)
      expect((await fetch(`${ownUrl}/readyz`)).ok).toBe(true)
    const { runs } = await cluster.stop({ isComplete: true })
    const parts = runs.flatMap(run => run.attempts.flatMap(attempt => attempt.parts))
    expect(parts.some(part => part.status === 'unknown')).toBe(true)
    expect(outcomesOf(runs)).toContain('delivered')
  })

  it('D14 a database that takes nobody: hooks are refused, and none that was taken is lost', async () => {
    const url = await createTestDatabase()
    const cluster = await Cluster.start(url)
    const load = cluster.runBots(MESSAGE, 24, 250)
    await pause(2000)
    const name = new URL(url).pathname.slice(1)
    const beside = inject('postgresUrl')
    await runStatement(beside, `alter database ${name} allow_connections false`)
    await runStatement(
      beside,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
    )
    await pause(4000)
    expect((await fetch(`${cluster.members[0]?.ownUrl}/readyz`)).status).toBe(503)
    await runStatement(beside, `alter database ${name} allow_connections true`)
    await load
    await cluster.settled()
    // Whoever was told "taken" has a run that came to its end; whoever was refused stands, and has none.
    const { runs: bots } = await cluster.kommoLog()
    const refused = bots.filter(bot => bot.log.some(line => line.text.includes(REFUSED)))
    const finished = bots.filter(bot => bot.state === 'finished')
    expect(refused.length).toBeGreaterThan(5)
    expect(finished.length).toBeGreaterThanOrEqual(24)
    const { runs } = await cluster.stop({ isComplete: true })
    expect(runs.length).toBeGreaterThanOrEqual(finished.length)
    expect(runs.length).toBeLessThanOrEqual(bots.length - refused.length)
  })

  it('R2 R3 R4 turns are even with one switched off, with one that refuses, and after a restart', async () => {
    const cluster = await Cluster.start(await createTestDatabase())
    await cluster.post(`${cluster.radistUrl}/ui/connections`, { type: 'whatsapp', count: 3 })
    const api = await settingsOf(cluster)
    await api('/connections/radist/sync', 'POST')
    const whatsapp = async () => {
      const view = (await (await api('/cascade')).json()) as CascadeView
      const found = view.messengers.find(one => one.type === 'whatsapp')
      return { view, connections: found?.connections ?? [] }
    }
    await until('the new ones', async () => (await whatsapp()).connections.length === 5)
    const tick = async (isTicked: (id: number) => boolean) => {
      const { view, connections } = await whatsapp()
      for (const one of connections) one.ticked = isTicked(one.connectionId)
      const saved = await api('/cascade', 'PUT', toCascadeChange(view.version, view.messengers))
      expect(saved.status).toBe(200)
    }
    const seen = new Set<string>()
    const next = async (count: number) => {
      await cluster.runBots(MESSAGE, count)
      await cluster.settled()
      const rows = await cluster.database.selectFrom('runs').select(['id', 'state']).execute()
      const fresh = rows.filter(row => !seen.has(row.id))
      for (const row of fresh) seen.add(row.id)
      const attempts = fresh.flatMap(
        row => (JSON.parse(row.state) as { attempts: PickedAttempt[] }).attempts,
      )
      return attempts.filter(one => one.number > 0 && one.messenger === 'whatsapp')
    }

    await tick(() => true)
    expect(spreadOf(await next(20), 5)).toBeLessThanOrEqual(1)
    // Switched off by a person at one of the processes: no process picks it any more.
    await tick(id => id !== 1)
    const withoutOne = await next(12)
    expect(withoutOne.some(one => one.connectionId === 1)).toBe(false)
    expect(spreadOf(withoutOne, 4)).toBeLessThanOrEqual(1)
    // All are killed and begin anew: the turns go on where they were.
    const half = await next(6)
    for (const member of cluster.members.slice()) await cluster.end(member, 'SIGKILL')
    for (let count = 0; count < 3; count++) await cluster.join()
    expect(spreadOf([...half, ...(await next(6))], 4)).toBeLessThanOrEqual(1)
    // One refuses: whoever meets it goes on with the next one, and all rest it.
    await cluster.post(`${cluster.radistUrl}/ui/connection`, {
      connectionId: 2,
      state: 'logged_out',
    })
    const withRefusal = await next(18)
    const others = withRefusal.filter(one => one.connectionId !== 2)
    expect(spreadOf(others, 3)).toBeLessThanOrEqual(withRefusal.length - others.length + 1)
    expect((await next(9)).some(one => one.connectionId === 2)).toBe(false)
    await cluster.stop({ isComplete: true })
  })

  it('P2 F6 what is old goes once, though all look for it in the same moment', async () => {
    const cluster = await Cluster.start(await createTestDatabase())
    const { bucket, database } = cluster
    await cluster.runBots(MESSAGE, 6)
    await cluster.settled()
    const uploader = uploaderOf(cluster.url, await cluster.pageToken(ADMIN))
    await uploader.upload(new Uint8Array(randomBytes(70_000)), 'never saved.pdf')
    expect(await bucket.objects()).not.toEqual([])
    const longAgo = Date.now() - 100 * DAY_MS
    await database.updateTable('runs').set({ ended_at: longAgo }).execute()
    await database.updateTable('files').set({ created_at: longAgo }).execute()
    for (const member of cluster.members.slice()) await cluster.end(member, 'SIGKILL')
    await Promise.all([cluster.join(), cluster.join(), cluster.join()])
    await until('the texts to go', async () => {
      const rows = await database.selectFrom('runs').selectAll().execute()
      return !JSON.stringify(rows).includes('Hello')
    })
    const files = () => database.selectFrom('files').select('id').execute()
    await until('the file to go', async () => (await files()).length === 0)
    expect(await bucket.objects()).toEqual([])
    await cluster.runBots(MESSAGE, 3)
    await cluster.settled()
    await cluster.stop({ isComplete: true })
  })

  it('K1 all need a new token at once: Kommo is asked for one', async () => {
    const cluster = await connected(three({}))
    await endAccess(cluster)
    await cluster.runBots(MESSAGE, 14)
    await cluster.settled()
    expect(await renewals(cluster)).toEqual([200])
    const { runs } = await cluster.stop({ isComplete: true })
    expect(new Set(outcomesOf(runs))).toEqual(new Set(['delivered']))
  })

  it('K2 a new pair that is lost on its way: a person is asked, and nobody asks Kommo in a loop', async () => {
    const cluster = await connected(three({}))
    await endAccess(cluster)
    await cluster.post(`${cluster.kommoUrl}/ajax/oauth/faults`, ['lost'])
    await cluster.runBots(MESSAGE, 6)
    const problem = async () =>
      (await cluster.database.selectFrom('kommo_grants').select('problem').executeTakeFirst())
        ?.problem
    await until('the problem', async () => (await problem()) === 'revoked')
    const asked = await renewals(cluster)
    expect(asked).toEqual([504, 400])
    const api = await settingsOf(cluster)
    const shown = (await (await api('/connections/kommo')).json()) as { state: string }
    expect(shown.state).toBe('disconnected')
    await cluster.runBots(MESSAGE, 6)
    await pause(3000)
    expect(await renewals(cluster)).toEqual(asked)
    // An admin lets us in again: every bot that was held goes on.
    await cluster.grantAccess()
    await cluster.settled()
    await cluster.stop({ isComplete: true })
  })

  it('K3 one stalls with its new pair on the way: what another one got meanwhile stays', async () => {
    const cluster = await connected(three({}))
    await cluster.switchKommo({ refreshToken: 'until_used' })
    await endAccess(cluster)
    await cluster.post(`${cluster.kommoUrl}/ajax/oauth/faults`, ['late'])
    const grant = () =>
      cluster.database
        .selectFrom('kommo_grants')
        .select(['leased_until', 'access_token', 'problem', 'refresh_token'])
        .executeTakeFirstOrThrow()
    const [stalled, ...others] = cluster.members
    for (const { ownUrl } of others) cluster.balancer.remove(ownUrl)
    const bot = await cluster.makeBot(MESSAGE)
    await cluster.startBot(bot)
    await until('it to ask', async () => (await grant()).leased_until !== null)
    await pause(1000)
    stalled?.product.process.kill('SIGSTOP')
    for (const { ownUrl } of others) cluster.balancer.add(ownUrl)
    await cluster.runBots(MESSAGE, 4)
    await until('another one’s', async () => (await renewals(cluster)).length === 2, 120_000)
    await until('it to be stored', async () => (await grant()).leased_until === null)
    const { access_token: theirs } = await grant()
    stalled?.product.process.kill('SIGCONT')
    await cluster.runBots(MESSAGE, 4)
    await cluster.settled()
    expect((await grant()).access_token).toBe(theirs)
    expect((await grant()).problem).toBeNull()
    await cluster.stop({ isComplete: true })
  })

  it.each(rounds)(
    'D1 D2 D11 S1 one after the other killed and replaced, while Radist fails in every way, round %i',
    async seed => {
      const cluster = await Cluster.start(await createTestDatabase())
      const chances = Object.fromEntries(FAULTS.map(fault => [fault, FAULT_CHANCE]))
      await cluster.post(`${cluster.radistUrl}/ui/faults`, { seed, chances, lateMs: 3000 })
      const load = cluster.runBots(MESSAGE, 40, 250)
      for (let kill = 0; kill < 4; kill++) {
        await pause(2000)
        const [member] = cluster.members
        if (member) await cluster.end(member, 'SIGKILL')
        await cluster.join()
      }
      await load
      await cluster.post(`${cluster.radistUrl}/ui/faults`, { seed, chances: {} })
      await cluster.settled(240_000)
      const { runs } = await cluster.stop({ isComplete: true })
      expect(runs.length).toBeGreaterThan(20)
    },
  )
})

type PickedAttempt = { number: number; messenger: string; connectionId: number }
type Runs = Awaited<ReturnType<Cluster['stop']>>['runs']

function three({ wait }: { wait?: string }): Record<string, string>[] {
  const environment: Record<string, string> = wait ? { DELIVERY_WAIT_SECONDS: wait } : {}
  return [environment, environment, environment]
}

function outcomesOf(runs: Runs): string[] {
  return runs.map(({ phase }) => (phase.name === 'ended' ? phase.outcome.kind : phase.name))
}

/** How far the picks of so many connections are from one another. */
function spreadOf(attempts: readonly PickedAttempt[], connections: number): number {
  const counts = [...Map.groupBy(attempts, one => one.connectionId).values()].map(
    group => group.length,
  )
  const least = counts.length < connections ? 0 : Math.min(...counts)
  return Math.max(...counts) - least
}

function openRuns({ database }: Cluster) {
  return database
    .selectFrom('runs')
    .select(['id', 'wake_at'])
    .where('is_settled', '=', 0)
    .orderBy('id')
    .execute()
}

async function waiting({ database }: Cluster) {
  return database
    .selectFrom('runs')
    .select(['id', 'wake_at'])
    .where('phase', '=', 'waiting')
    .orderBy('id')
    .execute()
}

/** The settings’ API, as an admin. */
async function settingsOf(cluster: Cluster) {
  return settingsApiOf(cluster.url, await cluster.signIn(await cluster.pageToken(ADMIN)))
}

/** A cluster whose access to Kommo is an admin’s grant, with tokens that are renewed. */
async function connected(environments: Record<string, string>[]): Promise<Cluster> {
  const cluster = await Cluster.start(await createTestDatabase(), environments)
  await cluster.grantAccess()
  return cluster
}

/** The access token ends as after a day. */
async function endAccess(cluster: Cluster): Promise<void> {
  await cluster.database.updateTable('kommo_grants').set({ issued_at: 0 }).execute()
  await cluster.post(`${cluster.kommoUrl}/ajax/oauth`, { action: 'expire' })
}

/** What Kommo answered to those who wanted a new token for an old one. */
async function renewals(cluster: Cluster): Promise<number[]> {
  const { calls } = await cluster.kommoLog()
  return calls
    .filter(call => call.path === '/oauth2/access_token')
    .filter(call => (call.body as { grant_type: string }).grant_type === 'refresh_token')
    .map(call => call.status)
}

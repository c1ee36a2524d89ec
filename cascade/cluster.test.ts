import { createHash, randomBytes } from 'node:crypto'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeMessage } from '../contracts/message.ts'
import { Cluster, pause } from '../e2e/support/cluster.ts'
import { runStatement } from '../e2e/support/postgres.ts'
import { idOf, uploaderOf } from '../e2e/support/tus.ts'
import { until } from '../e2e/support/until.ts'
import { createTestDatabase } from '../storage/testing/open-test-storage.ts'

/**
 * Three processes on one PostgreSQL database, behind a balancer that gives each request to the next of them.
 * Every test ends with the history checker: nothing lost, doubled or stuck. `CLUSTER_ROUNDS` asks for more
 * rounds of what happens by chance.
 */
const ROUNDS = Number(process.env['CLUSTER_ROUNDS'] ?? 1)
const MESSAGE = writeMessage({ version: 1, text: 'Hello [Contact.Name]' })
const MINUTE_MS = 60_000
const MB = 1024 * 1024
const ADMIN = 504
const PIECES = [5 * MB, 5 * MB, 2 * MB + 17]
const LONG = { timeout: 300_000 }
const rounds = Array.from({ length: ROUNDS }, (_, round) => round + 1)

/** A process whose machine's clock is off. */
function clockOff(ms: number): Record<string, string> {
  const script = path.resolve(import.meta.dirname, '../e2e/support/wrong-clock.mjs')
  return { NODE_OPTIONS: `--import=${script}`, CLOCK_OFF_MS: String(ms) }
}

/** The most calls of one second. */
function mostInASecond(calls: readonly { at: string }[]): number {
  const times = calls.map(call => Date.parse(call.at)).toSorted((a, b) => a - b)
  return Math.max(
    ...times.map((from, index) => times.slice(index).filter(at => at < from + 1000).length),
  )
}

describe('three processes', () => {
  it(
    'D9 R1 R7 with clocks minutes apart: deadlines, limits and turns are of all together',
    LONG,
    async () => {
      const environments = [clockOff(5 * MINUTE_MS), {}, clockOff(-5 * MINUTE_MS)]
      const cluster = await Cluster.start(await createTestDatabase(), environments)
      await cluster.react('whatsapp', 'silent')
      await cluster.runBots(MESSAGE, 20)
      await cluster.settled()
      const { calls } = await cluster.kommoLog()
      // Six at an even pace and one more after a rest; the clocks of two processes are read apart.
      expect(
        mostInASecond(calls.filter(call => call.path.startsWith('/api/v4/'))),
      ).toBeLessThanOrEqual(8)
      const { runs } = await cluster.stop({ isComplete: true })
      const attempts = runs.flatMap(run => run.attempts.filter(one => one.number > 0))
      for (const messenger of new Set(attempts.map(one => one.messenger))) {
        const picked = attempts.filter(one => one.messenger === messenger)
        const counts = Map.groupBy(picked, one => one.connectionId)
        const sizes = [...counts.values()].map(group => group.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }
      // A silent messenger is waited for as long as it is to be, whoever wrote the deadline down.
      const waits = runs.flatMap(run => {
        const [first, second] = run.attempts.filter(one => one.number > 0)
        const sentAt = first?.parts[0]?.sentAt
        return sentAt && second ? [second.startedAt - sentAt] : []
      })
      expect(waits.length).toBeGreaterThan(5)
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(2000)
      expect(Math.max(...waits)).toBeLessThan(MINUTE_MS)
    },
  )

  it.each(rounds)(
    'D1 one is killed under load: the others take over what it was at, round %i',
    LONG,
    async () => {
      const cluster = await Cluster.start(await createTestDatabase())
      const load = cluster.runBots(MESSAGE, 24, 120)
      await pause(1500)
      const [first] = cluster.members
      if (first) await cluster.end(first, 'SIGKILL')
      await load
      await cluster.settled()
      const { runs } = await cluster.stop({ isComplete: true })
      expect(runs.length).toBeGreaterThan(12)
      expect(
        runs.some(run => run.phase.name === 'ended' && run.phase.outcome.kind === 'delivered'),
      ).toBe(true)
    },
  )

  it.each(rounds)(
    'D3 one stands still until it is taken for gone: what it wakes up with is void, round %i',
    LONG,
    async () => {
      const cluster = await Cluster.start(await createTestDatabase())
      const load = cluster.runBots(MESSAGE, 24, 120)
      await pause(1500)
      const zombie = cluster.members[0]?.product.process
      zombie?.kill('SIGSTOP')
      await load
      const isBuried = async () => {
        const rows = await cluster.database.selectFrom('workers').select('id').execute()
        return rows.length === 2
      }
      await until('it to be taken for gone', isBuried, 60_000)
      zombie?.kill('SIGCONT')
      await cluster.settled()
      const { runs } = await cluster.stop({ isComplete: true })
      expect(runs.length).toBeGreaterThan(12)
    },
  )

  it('D4 D13 replaced one after the other under load: no request is refused', LONG, async () => {
    const cluster = await Cluster.start(await createTestDatabase())
    const load = cluster.runBots(MESSAGE, 30, 250)
    for (const member of cluster.members.slice()) {
      await cluster.join()
      await cluster.end(member, 'SIGTERM')
    }
    await load
    await cluster.settled()
    expect(cluster.balancer.refused).toBe(0)
    const { runs } = await cluster.stop({ isComplete: true })
    expect(runs.length).toBeGreaterThan(20)
  })

  it('are one server to a person: session, settings, uploads and runs', LONG, async () => {
    const cluster = await Cluster.start(await createTestDatabase())
    const token = await cluster.pageToken(ADMIN)

    // Each piece of an upload reaches another process.
    const uploader = uploaderOf(cluster.url, token)
    const bytes = randomBytes(PIECES.reduce((sum, size) => sum + size, 0))
    const id = idOf(await uploader.create(bytes.length, 'film.mp4'))
    let offset = 0
    for (const size of PIECES) {
      const sent = await uploader.send(
        id,
        offset,
        new Uint8Array(bytes.subarray(offset, offset + size)),
      )
      expect(sent.status).toBe(204)
      offset += size
    }
    const file = await uploader.file(id)
    expect(file).toMatchObject({ size: bytes.length, kind: 'file' })
    const stored = await cluster.database
      .selectFrom('files')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    expect(stored?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))

    // The code of one, exchanged at the next, is a session at all.
    const cookie = await cluster.signIn(token)
    const headers = { cookie, origin: cluster.url, 'content-type': 'application/json' }
    const views = await Promise.all(
      cluster.members.map(
        async () => (await fetch(`${cluster.url}/api/cascade`, { headers })).status,
      ),
    )
    expect(views).toEqual([200, 200, 200])

    // What one process has done, every other one shows.
    await cluster.runBots(MESSAGE, 3)
    await cluster.settled()
    const lists = await Promise.all(
      cluster.members.map(async ({ ownUrl }) => {
        const answer = await fetch(`${ownUrl}/api/runs`, { headers })
        const { runs } = (await answer.json()) as { runs: { id: string }[] }
        return runs.map(run => run.id).join()
      }),
    )
    expect(lists[0]).not.toBe('')
    expect(new Set(lists).size).toBe(1)
    await cluster.stop({ isComplete: true })
  })
})

describe('a process', () => {
  it('does not start with PostgreSQL and files that only it can see', async () => {
    const { readConfig } = await import('../api/config.ts')
    const keys = { KOMMO_CLIENT_ID: 'a', KOMMO_CLIENT_SECRET: 'b', DATABASE_URL: 'postgres://h/d' }
    expect(() => readConfig(keys)).toThrow(/SECRET_KEY.*[\s\S]*FILES_URL: must be s3/u)
    const shared = { FILES_URL: 's3://b', SECRET_KEY: 'a secret of some length' }
    expect(readConfig({ ...keys, ...shared }).DATABASE_URL).toBe('postgres://h/d')
  })

  it('that starts beside others leaves what they are at to them', async () => {
    const url = await createTestDatabase()
    await runStatement(
      url,
      `insert into workers (id, seen_at) values ('other', extract(epoch from clock_timestamp()) * 1000 + 60000)`,
    )
    await runStatement(
      url,
      `insert into runs (id, account_id, origin, entity_type, entity_id, message, state, phase, is_settled, created_at, worker)
       values ('theirs', 1, 'bot', 'lead', 1, '', '{}', 'gathering', 0, 1, 'other'),
              ('nobodys', 1, 'bot', 'lead', 1, '', '{}', 'gathering', 0, 1, 'gone')`,
    )
    const { openStorage } = await import('../storage/storage.ts')
    const { default: pino } = await import('pino')
    const storage = await openStorage({ url, dataFolder: '', log: pino({ level: 'silent' }) })
    const taken: string[] = []
    const { isAlone } = await storage.worker.start(async runs => {
      taken.push(...runs.map(run => run.id))
    })
    expect(isAlone).toBe(false)
    await until('what nobody is at', async () => taken.length > 0)
    expect(taken).toEqual(['nobodys'])
    await storage.worker.stop()
    await storage.close()
  })
})

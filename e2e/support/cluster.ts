import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { Run } from '../../cascade/core/run.ts'
import {
  addAccount,
  startEmulators,
  startProduct,
  type DemoSettings,
  type Emulators,
  type Product,
} from '../../api/demo/processes.ts'
import { openDatabase, type Database } from '../../storage/database.ts'
import { Balancer } from './balancer.ts'
import { startBucket, type Bucket } from './bucket.ts'
import { checkStack } from './check-history.ts'
import { Emulated } from './emulated.ts'
import { freePorts } from './free-ports.ts'
import { until } from './until.ts'

const LATE_HOOK_MS = 2000
/** Kommo gives a hook two seconds. */
const HOOK_MS = 2500
const FIRST_LEAD = 2014
const LEADS = 14

/** A process of ours, and the address at which it alone answers. */
export type Member = { product: Product; ownUrl: string }
type Parts = {
  emulators: Emulators
  settings: DemoSettings
  balancer: Balancer
  bucket: Bucket
  database: Database
}

/** Process time passes: the balancer and the database have clocks of their own. */
export function pause(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms)
  })
}

/** Several processes of ours behind a balancer, on one PostgreSQL database and one bucket. */
export class Cluster extends Emulated {
  readonly members: Member[] = []
  readonly balancer: Balancer
  readonly database: Database
  readonly bucket: Bucket
  private readonly settings: DemoSettings
  private lead = 0

  private constructor({ emulators, settings, balancer, bucket, database }: Parts) {
    super(emulators)
    this.settings = settings
    this.balancer = balancer
    this.bucket = bucket
    this.database = database
  }

  /**
   * @param databaseUrl of an empty database with our tables
   * @param environments of each process, beside what all have
   */
  static async start(
    databaseUrl: string,
    environments: readonly Record<string, string>[] = [{}, {}, {}],
  ): Promise<Cluster> {
    const [kommoPort = 0, radistPort = 0] = await freePorts(2)
    const balancer = await Balancer.start()
    const bucket = await startBucket()
    const settings: DemoSettings = {
      port: 0,
      kommoPort,
      radistPort,
      dataFolder: await mkdtemp(path.join(os.tmpdir(), 'cascade-')),
      environment: {
        PUBLIC_URL: balancer.url,
        DATABASE_URL: databaseUrl,
        FILES_URL: bucket.url,
        SECRET_KEY: 'the secret key of the cluster',
        DELIVERY_WAIT_SECONDS: '2',
        LOG_LEVEL: 'silent',
        ...bucket.environment,
      },
    }
    const emulators = await startEmulators(settings)
    addAccount(settings, emulators)
    const database = await openDatabase(databaseUrl)
    const cluster = new Cluster({ emulators, settings, balancer, bucket, database })
    // Of a test that fails nothing stays, either.
    onTestFinished(() => {
      for (const { product } of cluster.members) product.process.kill('SIGKILL')
      emulators.process.kill('SIGKILL')
      balancer.stop()
    })
    const joined = await Promise.all(environments.map(environment => cluster.join(environment)))
    // In the order of their environments, whoever was up first.
    cluster.members.splice(0, joined.length, ...joined)
    await cluster.synced()
    return cluster
  }

  get url(): string {
    return this.balancer.url
  }

  get databaseUrl(): string {
    return String(this.settings.environment['DATABASE_URL'])
  }

  /** Starts one more process. */
  async join(environment: Record<string, string> = {}): Promise<Member> {
    const [port = 0] = await freePorts(1)
    const settings = {
      ...this.settings,
      port,
      environment: { ...this.settings.environment, ...environment },
    }
    const product = await startProduct(settings, this.emulators)
    const member = { product, ownUrl: `http://127.0.0.1:${port}` }
    this.members.push(member)
    this.balancer.add(member.ownUrl)
    return member
  }

  /** SIGKILL: the power fails. SIGTERM: it is told to stop. @returns when it has ended */
  async end(member: Member, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { process: child } = member.product
    this.members.splice(this.members.indexOf(member), 1)
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise(resolve => {
        child.once('exit', resolve)
      })
      child.kill(signal)
      await ended
    }
    this.balancer.remove(member.ownUrl)
  }

  /**
   * Runs so many bots, each for the next deal, so far apart. Those whose hook got no answer in Kommo's two
   * seconds, as on a busy machine, are run again.
   */
  async runBots(message: string, count: number, everyMs = 0): Promise<void> {
    const bot = await this.makeBot(message)
    let stuck = await this.stuckBots()
    for (let left = count; left > 0;) {
      for (let run = 0; run < left; run++) {
        await this.startBot(bot)
        if (everyMs > 0) await pause(everyMs)
      }
      await pause(HOOK_MS)
      const nowStuck = await this.stuckBots()
      left = Math.min(nowStuck - stuck, count)
      stuck = nowStuck
    }
  }

  /** For the next deal. */
  async startBot(bot: number): Promise<void> {
    const leadId = FIRST_LEAD + (this.lead % LEADS)
    this.lead += 1
    await this.post(`${this.kommoUrl}/ajax/bots/${bot}/run`, { leadId })
  }

  /** Bots whose hook was not answered with 200 in time. */
  async stuckBots(): Promise<number> {
    const { runs } = await this.kommoLog()
    return runs.filter(run => run.state === 'stuck').length
  }

  /** Signs in as the settings app does. @returns the session's cookie */
  async signIn(token: string): Promise<string> {
    const code = new URL(await this.signInLink(token)).hash.replace(/^#(?:code=)?/u, '')
    const answer = await fetch(`${this.url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.url },
      body: JSON.stringify({ code }),
    })
    return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  }

  /** An admin lets us in on Kommo's consent page: from then on our tokens come to their end and are renewed. */
  async grantAccess(): Promise<void> {
    const consent = await fetch(`${this.url}/oauth/kommo/install`, { redirect: 'manual' })
    const state = new URL(consent.headers.get('location') ?? '').searchParams.get('state') ?? ''
    const answer = await fetch(`${this.kommoUrl}/oauth`, {
      method: 'POST',
      body: new URLSearchParams({ state, answer: 'allow' }),
    })
    if (!answer.ok) throw new Error(`Kommo was not connected: ${answer.status}`)
  }

  private async openRuns(): Promise<number> {
    const row = await this.database
      .selectFrom('runs')
      .select(expression => expression.fn.countAll<number>().as('count'))
      .where('is_settled', '=', 0)
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }

  /** All bots have gone on, or got no answer in time, and all runs have come to their end. */
  async settled(withinMs = 150_000): Promise<void> {
    const isSettled = async () => {
      const { runs } = await this.kommoLog()
      const isOver = runs.every(run => run.state === 'finished' || run.state === 'stuck')
      return isOver && (await this.openRuns().catch(() => 1)) === 0
    }
    do {
      await until('all runs', isSettled, withinMs)
      // A hook that was too slow for its bot may still become a run.
      await pause(LATE_HOOK_MS)
    } while (!(await isSettled()))
  }

  /** Stops, and checks the history of all that was sent. */
  async stop(rules?: { isComplete: boolean }): Promise<{ runs: Run[]; sends: number }> {
    await Promise.all([...this.members].map(member => this.end(member, 'SIGKILL')))
    const logs = { kommo: await this.kommoLog(), radist: await this.radistLog() }
    this.emulators.process.kill('SIGKILL')
    const { violations, ...seen } = await checkStack(this.database, logs, rules)
    await this.database.destroy()
    this.balancer.stop()
    await this.bucket.stop()
    await rm(this.settings.dataFolder, { recursive: true, force: true })
    if (violations.length > 0) throw new Error(violations.join('\n'))
    return seen
  }
}

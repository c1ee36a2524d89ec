import { randomUUIDv7 } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Account } from '../storage/accounts.ts'
import type { Queryable } from '../storage/database.ts'
import { isStorageFailure } from '../storage/failures.ts'
import { runsWithMail } from '../storage/receipts.ts'
import type { RunOfAccount } from './core/take-turns.ts'
import type { RunSubject, StoredRun } from '../storage/run-row.ts'
import {
  findRun,
  heldRunIds,
  insertRun,
  interruptedRuns,
  lastRunOfReturnUrl,
  putAside,
  returnUrlOfToken,
} from '../storage/runs.ts'
import { together } from '../storage/transact.ts'
import { commandsOf, decide, RESTART_GRACE_MS, wakeAtOf } from './core/decide.ts'
import type { Command, RunEvent } from './core/events.ts'
import { isSettled, newRun, type Run } from './core/run.ts'
import { takeTurns } from './core/take-turns.ts'
import { perform, writeNote, type OutsideCommand } from './effects.ts'
import { insist } from './insist.ts'
import { Lanes } from './lanes.ts'
import type { Services } from './services.ts'
import { transition, type Transition } from './transition.ts'

/** So many runs are told at once; what comes in meanwhile has its turn between two such groups. */
const TELL_GROUP = 100
const PUT_ASIDE_MS = 3600_000
/**
 * Tokens have no id and name the second: two steps of one deal in the same second get the very same one.
 * Such twins come at once; a token that comes with another return URL later was taken from somewhere.
 */
const TOKEN_TWIN_SECONDS = 10
/** How long a stop waits for requests that are on their way. */
const STOP_GRACE_MS = 10_000

/** So many requests of an account may be under way at a service: some more than its limiter lets out. */
const KOMMO = { service: 'kommo', max: 10 } as const
const RADIST = { service: 'radist', max: 40 } as const
const SERVICES = {
  gather: KOMMO,
  continue_bot: KOMMO,
  write_note: KOMMO,
  create_chat: RADIST,
  send_part: RADIST,
  read_back: RADIST,
}
type WaitingCommand = RunOfAccount & { command: OutsideCommand | { type: 'write_note' } }

/** What has happened to a run. */
export type News = { runId: string; event: RunEvent }

/**
 * Runs the cascade: applies what happens to a run, then performs the commands that follow and feeds
 * their results back. It can be killed between any two instructions: `start` finds every open run and
 * what remains to be done for it.
 */
export class Engine {
  private readonly services: Services
  private readonly inFlight = new Set<Promise<void>>()
  private readonly lanes = new Lanes<WaitingCommand>()
  private stopped = false

  constructor(services: Services) {
    this.services = services
  }

  /**
   * Takes up what a stop or a crash left open. Runs that wait for long do not notice, and neither do those
   * that another process works on.
   */
  async start(): Promise<void> {
    const { clock, database, worker, wakeUps } = this.services
    const { isAlone } = await worker.start((runs, claim) => this.takeOver(runs, claim))
    if (isAlone) {
      const interrupted = await interruptedRuns(database, clock.now() + RESTART_GRACE_MS)
      const withMail = await runsWithMail(database)
      const known = new Set(interrupted.map(run => run.id))
      const all = [...interrupted, ...withMail.filter(run => !known.has(run.id))]
      await this.tellAll(all, { type: 'restarted' })
    }
    await wakeUps.start(async runs => {
      const told = this.tellAll(runs, { type: 'woken' })
      this.track(told)
      await told
    })
  }

  /** Takes no new work, and lets requests that are on their way come back. */
  async stop(): Promise<void> {
    this.stopped = true
    const { clock, worker, wakeUps } = this.services
    await wakeUps.stop()
    for (const { id, accountId, command } of this.lanes.close()) {
      this.putBack({ id, accountId }, command)
    }
    const deadline = clock.sleepUntil(clock.now() + STOP_GRACE_MS)
    await Promise.race([this.drained(), deadline])
    await worker.stop()
  }

  /** Another process is gone: what it was at is done here, as far as it is still left as claimed. */
  private async takeOver(runs: readonly RunOfAccount[], claim: string): Promise<void> {
    this.services.log.warn({ runs: runs.length }, 'taken over from a process that is gone')
    const told = this.tellAll(runs, { type: 'taken_over', claim })
    this.track(told)
    await told
  }

  /**
   * A hook of SalesBot's: stores a run, or finds the one that its return URL holds already.
   * @returns 'token_reused' when the token first came with another return URL
   */
  async startFromHook(
    account: Account,
    subject: RunSubject & { returnUrl: string; tokenHash: string; tokenIssuedAt: number },
  ): Promise<'started' | 'same_run' | 'token_reused'> {
    const { clock, failpoint, log, transact } = this.services
    const find = async (transaction: Queryable) => {
      const [bound, last] = await together([
        returnUrlOfToken(transaction, account.id, subject.tokenHash),
        lastRunOfReturnUrl(transaction, account.id, subject.returnUrl),
      ])
      const isTwin = clock.now() / 1000 - subject.tokenIssuedAt <= TOKEN_TWIN_SECONDS
      const isBound = bound !== null && bound !== subject.returnUrl
      if (isBound && !isTwin) return { kind: 'token_reused' } as const
      const isOpen = last && !isContinued(last.run)
      const isOld = last && subject.tokenIssuedAt <= (last.subject.tokenIssuedAt ?? 0)
      if (last && (isOpen || isOld)) {
        const isSameMessage = last.subject.message === subject.message
        return { kind: 'same_run', id: last.run.id, isSameMessage } as const
      }
      const started = await this.insert(transaction, account, subject)
      failpoint('hook: before its commit')
      return { kind: 'started', started } as const
    }
    // Kommo waits for 2 seconds only.
    const found = await transact(account.id, find, { goesFirst: true })
    failpoint('hook: after its commit')
    if (found.kind === 'token_reused') return 'token_reused'
    if (found.kind === 'started') {
      this.carryOutAll(found.started.stored, found.started.commands, account)
    }
    if (found.kind === 'same_run') {
      if (!found.isSameMessage) log.warn({ run: found.id }, 'hook again, with another message')
      this.soon({ id: found.id, accountId: account.id }, { type: 'continue_asked_again' })
    }
    return found.kind
  }

  /**
   * Starts a run without a bot: a message that a person sends again, or tries out.
   * @returns the new run's id, once it is stored
   */
  async startByHand(account: Account, subject: RunSubject & { returnUrl: null }): Promise<string> {
    const { transact } = this.services
    const started = await transact(account.id, db => this.insert(db, account, subject))
    this.carryOutAll(started.stored, started.commands, account)
    return started.stored.run.id
  }

  private async insert(
    db: Queryable,
    account: Account,
    subject: RunSubject,
  ): Promise<{ stored: StoredRun; commands: Command[] }> {
    const { clock, settings, worker } = this.services
    const created = newRun({
      // Ids rise with time, which keeps what is written together close on the disk.
      id: randomUUIDv7(),
      now: clock.now(),
      lifetimeSeconds: settings.runLifetimeSeconds,
      hasReturnUrl: subject.returnUrl !== null,
      // A test is nobody's news.
      writesNote: account.writesNote && subject.origin !== 'test',
    })
    const { run, commands, history } = decide(created, { type: 'started' }, created.createdAt)
    const stored = { run, subject, worker: worker.id }
    await insertRun(db, stored, history)
    return { stored, commands }
  }

  /** The account was connected again: bots that were held may go on. */
  async resumeHeld(accountId: number): Promise<void> {
    const ids = await heldRunIds(this.services.database, accountId)
    const runs = ids.map(id => ({ id, accountId }))
    await this.tellAll(runs, { type: 'continue_asked_again' })
  }

  /**
   * Tells a run what has happened; resolves when the new state is durable. A run that cannot be worked
   * on, which is a bug of ours, is put aside for an hour and logged: it does not stop whoever tells it.
   * @throws when the database cannot be written to
   */
  async tell(run: RunOfAccount, event: RunEvent): Promise<void> {
    const { clock, log, transact } = this.services
    try {
      await this.applyAll(run.accountId, async () => [{ runId: run.id, event }])
    } catch (error) {
      if (isStorageFailure(error)) throw error
      log.error({ run: run.id, event: event.type, err: error }, 'run put aside')
      const wakeAt = clock.now() + PUT_ASIDE_MS
      await transact(run.accountId, transaction => putAside(transaction, run, wakeAt))
    }
  }

  /**
   * News from outside: `store` writes it down and says which runs it concerns. When this resolves the
   * news is durable and its runs know of it. `isToldNow`: they are told in the same transaction.
   * @throws when the database cannot be written to: nothing was stored then
   */
  async receive(
    account: Account,
    store: (db: Queryable, isToldNow: boolean) => Promise<News[]>,
  ): Promise<void> {
    const { transact } = this.services
    try {
      await this.applyAll(account.id, db => store(db, true), account)
    } catch (error) {
      if (isStorageFailure(error)) throw error
      // One of its runs cannot be worked on. The news is kept, and each run is told by itself.
      const news = await transact(account.id, db => store(db, false))
      for (const { runId, event } of news) {
        await this.tell({ id: runId, accountId: account.id }, event)
      }
    }
  }

  /** The transitions that some news leads to, as one transaction, and then what follows from them. */
  private async applyAll(
    accountId: number,
    find: (db: Queryable) => Promise<News[]>,
    account: Account | null = null,
  ): Promise<void> {
    const { clock, failpoint, transact, wakeUps, worker } = this.services
    const { names, transitions } = await transact(accountId, async transaction => {
      const news = await find(transaction)
      const changed: Transition[] = []
      for (const { runId, event } of news) {
        const one = await transition(transaction, runId, event, { at: clock.now(), by: worker.id })
        if (one) changed.push(one)
      }
      for (const { event } of news) failpoint(`${event.type}: before its commit`)
      return { names: news.map(({ event }) => event.type), transitions: changed }
    })
    for (const name of names) failpoint(`${name}: after its commit`)
    for (const { stored, commands, nextInChats, hasEnded } of transitions) {
      if (hasEnded) this.noteEnd(stored)
      for (const id of nextInChats) this.soon({ id, accountId }, { type: 'chat_free' })
      const wakeAt = wakeAtOf(stored.run)
      if (wakeAt !== null) wakeUps.stored(wakeAt)
      this.carryOutAll(stored, commands, account)
    }
  }

  private noteEnd({ run, subject }: StoredRun): void {
    const { attempts, createdAt, phase } = run
    if (phase.name !== 'ended') return
    const { log, metrics } = this.services
    const { outcome: end, endedAt } = phase
    const outcome = end.kind === 'delivered' ? 'delivered' : end.reason
    const seconds = Math.max(0, endedAt - createdAt) / 1000
    metrics.runsEnded.inc({ outcome })
    metrics.runSeconds.observe({ outcome: end.kind }, seconds)
    const what = { run: run.id, account: subject.accountId, outcome, attempts: attempts.length }
    log.info({ ...what, seconds }, 'run ended')
  }

  /** Tells many runs; accounts take turns. */
  private async tellAll(runs: readonly RunOfAccount[], event: RunEvent): Promise<void> {
    const inTurn = takeTurns(runs)
    for (let start = 0; start < inTurn.length; start += TELL_GROUP) {
      const group = inTurn.slice(start, start + TELL_GROUP)
      await Promise.all(group.map(run => this.mustTell(run, event)))
    }
  }

  /** Tells a run what nobody would tell again. */
  private async mustTell(run: RunOfAccount, event: RunEvent): Promise<void> {
    await insist(this.services, () => this.tell(run, event))
  }

  /** @param known the run's account, when it was read just now */
  private carryOutAll(
    stored: StoredRun,
    commands: readonly Command[],
    known: Account | null,
  ): void {
    for (const command of commands) {
      // Those two are carried out where they arise, in their transition.
      if (command.type === 'pick_connection' || command.type === 'queue_for_chat') continue
      if (this.stopped) {
        this.putBack({ id: stored.run.id, accountId: stored.subject.accountId }, command)
        continue
      }
      const { service, max } = SERVICES[command.type]
      const lane = `${stored.subject.accountId}:${service}`
      const waiting = { id: stored.run.id, accountId: stored.subject.accountId, command }
      if (!this.lanes.enter(lane, max, waiting)) continue
      this.track(this.carryOut(stored, command, known).finally(() => this.leave(lane)))
    }
  }

  /**
   * A stop of ours comes before a command is carried out. Whoever finds it later does it; a send alone would
   * count as one that may have happened, and this one has not.
   */
  private putBack(run: RunOfAccount, command: WaitingCommand['command']): void {
    if (command.type !== 'send_part') return
    this.soon(run, { type: 'put_off', cause: 'unavailable', retryAfterMs: 0 })
  }

  /** Lets the next one of a lane in, with the state that its run has by then. */
  private leave(lane: string): void {
    const next = this.stopped ? undefined : this.lanes.leave(lane)
    if (next) this.track(this.carryOutLater(next).finally(() => this.leave(lane)))
  }

  private async carryOutLater({ id, command }: WaitingCommand): Promise<void> {
    const { clock, database } = this.services
    const stored = await insist(this.services, () => findRun(database, id))
    if (!stored) return
    // A note was claimed when it was asked for, so the state does not ask for it again.
    const wanted = command.type === 'write_note' ? [command] : commandsOf(stored.run, clock.now())
    if (wanted.some(one => isDeepStrictEqual(one, command))) {
      await this.carryOut(stored, command, null)
    }
  }

  private async carryOut(
    stored: StoredRun,
    command: OutsideCommand | { type: 'write_note' },
    known: Account | null,
  ): Promise<void> {
    const { run, subject } = stored
    const { accounts, database, failpoint, log, worker } = this.services
    // Others may have taken over what this process was at, or was at under another name.
    if (!worker.isAlive() || stored.worker !== worker.id) return
    let events: RunEvent[] = []
    log.debug({ run: run.id, account: subject.accountId, command: command.type }, 'command')
    try {
      const find = () => accounts.find(database, subject.accountId)
      const account = known ?? (await insist(this.services, find))
      if (!account) return
      failpoint(`${command.type}: before it is done`)
      if (command.type === 'write_note') await writeNote(this.services, account, stored)
      else events = await perform(this.services, account, stored, command)
      failpoint(`${command.type}: after it was done`)
    } catch (error) {
      log.error({ run: run.id, command: command.type, err: error }, 'command failed')
      if (command.type !== 'write_note') events = [afterCrash(command)]
    }
    for (const event of events) {
      await this.mustTell({ id: run.id, accountId: subject.accountId }, event)
    }
  }

  private soon(run: RunOfAccount, event: RunEvent): void {
    this.track(this.mustTell(run, event))
  }

  private track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.services.log.error({ err: error }, 'engine failed'))
      .finally(() => this.inFlight.delete(tracked))
    this.inFlight.add(tracked)
  }

  /** What is under way may lead to more that is. */
  private async drained(): Promise<void> {
    while (this.inFlight.size > 0) await Promise.allSettled(this.inFlight)
  }
}

/** A bug of ours while carrying out a command. A send may have left, so it counts as unknown. */
function afterCrash(command: OutsideCommand): RunEvent {
  switch (command.type) {
    case 'send_part':
      return { type: 'part_unknown', attempt: command.attempt, part: command.part }
    case 'continue_bot':
      return { type: 'continued', result: 'failed' }
    case 'read_back':
      return { type: 'read_back' }
    case 'gather':
    case 'create_chat':
      return { type: 'put_off', cause: 'unavailable', retryAfterMs: null }
    default:
      return command satisfies never
  }
}

/** A return URL is held until its continue is settled. */
function isContinued(run: Run): boolean {
  return isSettled({ ...run, note: 'none' })
}

import { randomUUID } from 'node:crypto'
import type { Account } from '../storage/accounts.ts'
import type { Queryable } from '../storage/database.ts'
import { leaveChatQueues } from '../storage/chat-queue.ts'
import { takeReceipts } from '../storage/receipts.ts'
import {
  dueRunIds,
  findRun,
  insertRun,
  lastRunOfReturnUrl,
  nextWakeAt,
  putAside,
  rememberRunChat,
  rememberSentMessage,
  returnUrlOfToken,
  unsettledRunIds,
  updateRun,
  type RunSubject,
  type StoredRun,
} from '../storage/runs.ts'
import { decide, wakeAtOf } from './core/decide.ts'
import type { Command, HistoryEntry, RunEvent } from './core/events.ts'
import { isSettled, newRun, type Run } from './core/run.ts'
import { perform, writeNote } from './effects.ts'
import type { Services } from './services.ts'

const WAKE_BATCH = 200
const PUT_ASIDE_MS = 3600_000
/**
 * Tokens have no id and name the second: two steps of one deal in the same second get the very same one.
 * Such twins come at once; a token that comes with another return URL later was taken from somewhere.
 */
const TOKEN_TWIN_SECONDS = 10
/** How long a stop waits for requests that are on their way. */
const STOP_GRACE_MS = 10_000

/**
 * Runs the cascade: loads a run, decides, stores state and history in one transaction, then performs
 * the commands and feeds their results back. It can be killed between any two instructions: `start`
 * finds every open run and what remains to be done for it.
 */
export class Engine {
  private readonly services: Services
  private readonly inFlight = new Set<Promise<void>>()
  private cancelTimer: (() => void) | null = null
  private timerAt = Number.POSITIVE_INFINITY
  private stopped = false

  constructor(services: Services) {
    this.services = services
  }

  /** Takes up every run that a stop or a crash left open. */
  async start(): Promise<void> {
    for (const id of await unsettledRunIds(this.services.database)) {
      await this.tell(id, { type: 'restarted' })
    }
    await this.armTimer()
  }

  /** Takes no new work, and lets requests that are on their way come back. */
  async stop(): Promise<void> {
    this.stopped = true
    this.cancelTimer?.()
    const { clock } = this.services
    const deadline = clock.sleepUntil(clock.now() + STOP_GRACE_MS)
    await Promise.race([Promise.allSettled(this.inFlight), deadline])
  }

  /**
   * A hook of SalesBot's: stores a run, or finds the one that its return URL holds already.
   * @returns 'token_reused' when the token first came with another return URL
   */
  async startFromHook(
    account: Account,
    subject: RunSubject & { returnUrl: string; tokenHash: string; tokenIssuedAt: number },
  ): Promise<'started' | 'same_run' | 'token_reused'> {
    const { clock, database, failpoint } = this.services
    const found = await database.transaction().execute(async transaction => {
      const bound = await returnUrlOfToken(transaction, account.id, subject.tokenHash)
      const isTwin = clock.now() / 1000 - subject.tokenIssuedAt <= TOKEN_TWIN_SECONDS
      const isBound = bound !== null && bound !== subject.returnUrl
      if (isBound && !isTwin) return { kind: 'token_reused' } as const
      const last = await lastRunOfReturnUrl(transaction, account.id, subject.returnUrl)
      const isOpen = last && !isContinued(last.run)
      const isOld = last && subject.tokenIssuedAt <= (last.subject.tokenIssuedAt ?? 0)
      if (last && (isOpen || isOld)) return { kind: 'same_run', id: last.run.id } as const
      const id = await this.insert(transaction, account, subject)
      failpoint('hook: before its commit')
      return { kind: 'started', id } as const
    })
    failpoint('hook: after its commit')
    if (found.kind === 'token_reused') return 'token_reused'
    if (found.kind === 'started') this.soon(found.id, { type: 'started' })
    else this.soon(found.id, { type: 'continue_asked_again' })
    return found.kind
  }

  private async insert(db: Queryable, account: Account, subject: RunSubject): Promise<string> {
    const run = newRun({
      id: randomUUID(),
      now: this.services.clock.now(),
      lifetimeSeconds: this.services.settings.runLifetimeSeconds,
      hasReturnUrl: subject.returnUrl !== null,
      writesNote: account.writesNote,
    })
    await insertRun(db, { run, subject })
    return run.id
  }

  /** Applies an event to a run and sets its commands going. Resolves when the new state is stored. */
  async apply(runId: string, event: RunEvent): Promise<void> {
    const { database, clock, failpoint } = this.services
    const now = clock.now()
    const result = await database.transaction().execute(async transaction => {
      const stored = await findRun(transaction, runId)
      if (!stored) return null
      const { accountId } = stored.subject
      let decision = decide(stored.run, event, now)
      const history: HistoryEntry[] = [...decision.history]
      let { commands } = decision
      await remember(transaction, accountId, decision.run, event)
      for (const receipt of await this.mailbox(transaction, accountId, decision.run, event)) {
        decision = decide(decision.run, receipt, now)
        history.push(...decision.history)
        // Each later decision's commands replace the earlier ones: they follow from the newest state.
        if (decision.commands.length > 0) commands = decision.commands
      }
      await updateRun(transaction, accountId, decision.run, history, now)
      const next = await leaveChats(transaction, accountId, decision.run)
      failpoint(`${event.type}: before its commit`)
      return { stored: { run: decision.run, subject: stored.subject }, commands, next }
    })
    if (!result) return
    failpoint(`${event.type}: after its commit`)
    for (const id of result.next) this.soon(id, { type: 'chat_free' })
    const wakeAt = wakeAtOf(result.stored.run)
    if (wakeAt !== null) this.wakeAt(wakeAt)
    if (this.stopped) return
    for (const command of result.commands) this.track(this.carryOut(result.stored, command))
  }

  /**
   * Applies an event that must not stop whoever brings it. A run that cannot be worked on, which is a
   * bug of ours, is put aside for an hour and logged; the others go on.
   */
  async tell(runId: string, event: RunEvent): Promise<void> {
    const { clock, database, log } = this.services
    try {
      await this.apply(runId, event)
    } catch (error) {
      log.error({ run: runId, event: event.type, err: error }, 'run put aside')
      await putAside(database, runId, clock.now() + PUT_ASIDE_MS)
    }
  }

  /** Receipts that came before their message's id was known, or while nobody could take them. */
  private async mailbox(
    db: Queryable,
    accountId: number,
    run: Run,
    event: RunEvent,
  ): Promise<RunEvent[]> {
    const wanted =
      event.type === 'restarted'
        ? run.attempts.flatMap(attempt => attempt.parts.flatMap(part => part.messageId ?? []))
        : 'messageId' in event
          ? [event.messageId]
          : []
    const events: RunEvent[] = []
    for (const messageId of wanted) {
      for (const status of await takeReceipts(db, accountId, messageId, run.id)) {
        events.push({ type: 'receipt', messageId, status })
      }
    }
    return events
  }

  private async carryOut(stored: StoredRun, command: Command): Promise<void> {
    const { run, subject } = stored
    const account = await this.services.accounts.find(this.services.database, subject.accountId)
    if (!account) return
    if (command.type === 'write_note') {
      await this.apply(run.id, { type: 'note_claimed' })
      this.services.failpoint('write_note: before it is done')
      return writeNote(this.services, account, stored)
    }
    let events: RunEvent[]
    try {
      this.services.failpoint(`${command.type}: before it is done`)
      events = await perform(this.services, account, stored, command)
      this.services.failpoint(`${command.type}: after it was done`)
    } catch (error) {
      this.services.log.error({ run: run.id, command: command.type, err: error }, 'command failed')
      events = [afterCrash(command)]
    }
    for (const event of events) await this.apply(run.id, event)
  }

  private soon(runId: string, event: RunEvent): void {
    this.track(this.tell(runId, event))
  }

  private track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.services.log.error({ err: error }, 'engine failed'))
      .finally(() => this.inFlight.delete(tracked))
    this.inFlight.add(tracked)
  }

  private wakeAt(at: number): void {
    if (this.stopped || at >= this.timerAt) return
    this.cancelTimer?.()
    this.timerAt = at
    this.cancelTimer = this.services.clock.callAt(at, () => {
      this.timerAt = Number.POSITIVE_INFINITY
      this.track(this.wakeDueRuns())
    })
  }

  private async wakeDueRuns(): Promise<void> {
    const due = await dueRunIds(this.services.database, this.services.clock.now(), WAKE_BATCH)
    for (const id of due) await this.tell(id, { type: 'woken' })
    await this.armTimer()
  }

  private async armTimer(): Promise<void> {
    const at = await nextWakeAt(this.services.database)
    if (at !== null) this.wakeAt(at)
  }
}

/** A chat is this run's own until its attempt there is settled. @returns the runs that come next */
async function leaveChats(db: Queryable, accountId: number, run: Run): Promise<string[]> {
  const attempt = run.attempts.at(-1)
  if (!attempt) return []
  const isBusy = ['queueing', 'sending', 'waiting'].includes(run.phase.name)
  return leaveChatQueues(db, accountId, run.id, isBusy ? attempt.chatId : null)
}

/** What makes receipts, echoes and replies find their run. */
async function remember(
  db: Queryable,
  accountId: number,
  run: Run,
  event: RunEvent,
): Promise<void> {
  const attempt = run.attempts.at(-1)
  if (!attempt) return
  if (event.type === 'part_accepted' || event.type === 'echo') {
    const { messageId } = event
    const sender = run.attempts.find(one => one.parts.some(part => part.messageId === messageId))
    if (!sender) return
    const { chatId } = sender
    await rememberSentMessage(db, { accountId, messageId, runId: run.id, chatId })
  }
  if (run.phase.name === 'sending') {
    await rememberRunChat(db, accountId, attempt.chatId, run.id, attempt.startedAt)
  }
}

/** A bug of ours while carrying out a command. A send may have left, so it counts as unknown. */
function afterCrash(command: Exclude<Command, { type: 'write_note' }>): RunEvent {
  if (command.type === 'send_part') {
    return { type: 'part_unknown', attempt: command.attempt, part: command.part }
  }
  if (command.type === 'continue_bot') return { type: 'continued', result: 'failed' }
  if (command.type === 'read_back') return { type: 'read_back' }
  return { type: 'put_off', cause: 'unavailable', retryAfterMs: null }
}

/** A return URL is held until its continue is settled. */
function isContinued(run: Run): boolean {
  return isSettled({ ...run, note: 'none' })
}

import { backoffMs } from './backoff.ts'
import type { HistoryEntry, ProviderError, RunEvent, SkipReason } from './events.ts'
import {
  higher,
  rankOf,
  type Attempt,
  type NotDeliveredReason,
  type Outcome,
  type Part,
  type PartStatus,
  type Phase,
  type Run,
  type Step,
} from './run.ts'
import { addressFor, skipReason } from './skip-reason.ts'

/** After a stop of ours, receipts are delivered again for this long before a deadline counts. */
export const RESTART_GRACE_MS = 30_000
/** How often creating a chat, which is get-or-create, is repeated after no or a broken answer. */
const CHAT_RETRIES = 2
/** Continue is tried again for a day: a bot that hangs starts no other. */
const CONTINUE_FOR_MS = 24 * 3600_000
/** A messenger's further connections that are tried after errors of the connection's own. */
const FURTHER_CONNECTIONS = 2
/** A clock apart from Radist's: an echo or reply this much before our request still belongs to it. */
const CLOCK_SKEW_MS = 5_000

/** One transition in the making: a private copy of the run, and what it leads to. */
export class Transition {
  readonly run: Run
  readonly history: HistoryEntry[] = []
  /** The phase is new, or its commands are to be given again. */
  commandsWanted = false
  private readonly now: number

  constructor(run: Run, now: number) {
    this.run = structuredClone(run)
    this.now = now
  }

  apply(event: RunEvent): void {
    switch (event.type) {
      case 'started':
        this.history.push({ type: 'started' })
        this.commandsWanted = true
        return
      case 'restarted':
        return this.restarted()
      case 'woken':
        return this.woken()
      case 'gathered':
        return this.gathered(event.gathered)
      case 'gathering_failed':
        return this.inPhase('gathering', () => this.endNotDelivered(event.reason))
      case 'put_off':
        return this.putOff(event.cause, event.retryAfterMs)
      case 'connection_picked':
        return this.connectionPicked(event.connectionId)
      case 'no_connection':
        return this.noConnection(event.reason)
      case 'chat_created':
        return this.chatCreated(event.chatId)
      case 'chat_refused':
        return this.chatRefused(event.error)
      case 'chat_free':
        return this.chatFree()
      case 'part_accepted':
        return this.partAccepted(event)
      case 'part_rejected':
        return this.partRejected(event)
      case 'part_unknown':
        return this.partUnknown(event)
      case 'receipt':
        return this.receipt(event)
      case 'echo':
        return this.echo(event)
      case 'read_back':
        return this.readBack()
      case 'reply':
        return this.reply(event)
      case 'continued':
        return this.continued(event.result)
      case 'continue_asked_again':
        return this.continueAskedAgain()
      case 'note_claimed':
        return this.noteClaimed()
      default:
        never(event)
    }
  }

  private inPhase<Name extends Phase['name']>(
    name: Name,
    body: (phase: Extract<Phase, { name: Name }>) => void,
  ): void {
    const { phase } = this.run
    if (isPhase(phase, name)) body(phase)
  }

  /** Moves on, and asks for the commands of the new phase. */
  private enter(phase: Phase): void {
    this.run.phase = phase
    this.run.retryAt = null
    this.run.retries = 0
    this.commandsWanted = true
  }

  /**
   * Rule "a send that may have happened": a request that was in flight when we stopped is unknown.
   * Rule "lifetime": deadlines that passed, or are near, get the grace for receipts that come again.
   */
  private restarted(): void {
    const { phase } = this.run
    const attempt = this.run.attempts.at(-1)
    // What was put off is not on its way: its wake-up brings it, and only that.
    if (this.run.retryAt !== null) return
    if (phase.name === 'sending' && attempt) {
      return this.partUnknown({ attempt: attempt.number, part: phase.part })
    }
    if (phase.name === 'waiting') {
      phase.deadlineAt = Math.max(phase.deadlineAt, this.now + RESTART_GRACE_MS)
      phase.isReadingBack = false
      this.history.push({ type: 'restarted', graceUntil: phase.deadlineAt })
      return
    }
    this.commandsWanted = true
  }

  private woken(): void {
    if (this.run.retryAt !== null) {
      if (this.run.retryAt > this.now) return
      this.run.retryAt = null
      this.commandsWanted = true
      if (this.run.phase.name !== 'ended' && this.now > this.run.expiresAt) this.tooLate()
      return
    }
    this.inPhase('waiting', phase => {
      if (phase.deadlineAt > this.now || phase.isReadingBack) return
      if (!this.isUnknown()) return this.deadlinePassed(phase.step)
      phase.isReadingBack = true
      this.commandsWanted = true
    })
  }

  private isUnknown(): boolean {
    return this.lastAttempt().parts.some(part => part.status === 'unknown')
  }

  private deadlinePassed(step: number | null): void {
    this.attemptFailed(this.lastAttempt(), this.isUnknown() ? 'unknown' : 'silent')
    this.next(step)
  }

  /** The chat was read: what it holds of an unknown send came as echoes before this. */
  private readBack(): void {
    this.inPhase('waiting', phase => {
      if (phase.isReadingBack) this.deadlinePassed(phase.step)
    })
  }

  /** Rules "who" and "existing chat": the last active chat is attempt 0; without one, the cascade. */
  private gathered(gathered: NonNullable<Run['gathered']>): void {
    this.inPhase('gathering', () => {
      this.run.gathered = gathered
      this.history.push({
        type: 'gathered',
        phones: gathered.phones.length,
        usernames: gathered.usernames.length,
        warnings: gathered.warnings.length,
        parts: gathered.parts.length,
      })
      if (this.now > this.run.expiresAt) return this.tooLate()
      const chat = gathered.existingChat
      if (chat && chat !== 'syncing') {
        this.history.push({ type: 'existing_chat_found', ...chat })
        return this.startAttempt({ ...chat, number: 0, origin: 'existing_chat' }, null, [])
      }
      const reason = chat === 'syncing' ? 'syncing' : 'not_found'
      this.history.push({ type: 'existing_chat_none', reason })
      this.next(null)
    })
  }

  /** Rule "cascade": by priority, each skip with its reason and without loss of time. */
  private next(after: number | null): void {
    const gathered = this.run.gathered
    if (!gathered) return
    if (this.now > this.run.expiresAt) return this.tooLate()
    for (let index = after === null ? 0 : after + 1; index < gathered.steps.length; index++) {
      const step = gathered.steps[index]
      if (!step) continue
      const reason = skipReason(this.run, step)
      if (!reason) return this.enter({ name: 'choosing', step: index, tried: [] })
      this.history.push({ type: 'messenger_skipped', messenger: step.messenger, reason })
    }
    this.endNotDelivered(this.run.attempts.length > 0 ? 'nobody_delivered' : 'no_messenger')
  }

  private connectionPicked(connectionId: number): void {
    this.inPhase('choosing', phase => {
      const step = this.run.gathered?.steps[phase.step]
      const address = step && addressFor(this.run, step)
      if (!step || !address) return this.next(phase.step)
      this.history.push({ type: 'connection_picked', messenger: step.messenger, connectionId })
      this.enter({ ...phase, name: 'creating_chat', connectionId, address })
    })
  }

  private noConnection(reason: 'none_ticked' | 'none_can_send'): void {
    this.inPhase('choosing', phase => {
      const messenger = this.run.gathered?.steps[phase.step]?.messenger ?? ''
      const why: SkipReason = phase.tried.length > 0 ? 'connections_failed' : reason
      this.history.push({ type: 'messenger_skipped', messenger, reason: why })
      this.next(phase.step)
    })
  }

  private chatCreated(chatId: number): void {
    this.inPhase('creating_chat', phase => {
      const messenger = this.run.gathered?.steps[phase.step]?.messenger
      if (!messenger) return
      const { connectionId } = phase
      const by = phase.address.kind
      this.history.push({ type: 'chat_created', messenger, connectionId, by })
      const last = this.run.attempts.at(-1)
      this.startAttempt(
        { number: (last?.number ?? 0) + 1, origin: 'cascade', messenger, connectionId, chatId },
        phase.step,
        phase.tried,
      )
    })
  }

  private chatRefused(error: ProviderError): void {
    this.inPhase('creating_chat', phase => {
      const messenger = this.run.gathered?.steps[phase.step]?.messenger ?? ''
      const { connectionId } = phase
      this.history.push({ type: 'connection_failed', messenger, connectionId, error })
      this.afterError(error, phase.step, phase.tried, connectionId)
    })
  }

  /** Rule "errors": the next messenger, but for an error that is known to be the connection's own. */
  private afterError(
    error: ProviderError,
    step: number | null,
    tried: readonly number[],
    connectionId: number,
  ): void {
    if (error.scope !== 'connection') return this.next(step)
    if (step === null) return this.next(null)
    const failed = [...tried, connectionId]
    if (failed.length > FURTHER_CONNECTIONS) return this.noMoreConnections(step)
    this.enter({ name: 'choosing', step, tried: failed })
  }

  private noMoreConnections(step: number): void {
    const messenger = this.run.gathered?.steps[step]?.messenger ?? ''
    this.history.push({ type: 'messenger_skipped', messenger, reason: 'connections_failed' })
    this.next(step)
  }

  /** The attempt is written down as "sending" before its request leaves. */
  private startAttempt(
    attempt: Omit<Attempt, 'parts' | 'startedAt' | 'connectionFailed'>,
    step: number | null,
    tried: readonly number[],
  ): void {
    const parts = (this.run.gathered?.parts ?? []).map(() => ({ status: 'unsent' as PartStatus }))
    this.run.attempts.push({ ...attempt, parts, startedAt: this.now, connectionFailed: false })
    const { number, messenger, connectionId } = attempt
    this.history.push({ type: 'attempt_started', attempt: number, messenger, connectionId })
    this.enter({ name: 'queueing', step, tried: [...tried] })
  }

  /** Rule "at once": sends into one chat go one after the other; it is this run's turn now. */
  private chatFree(): void {
    this.inPhase('queueing', phase => {
      if (this.now > this.run.expiresAt) return this.tooLate()
      this.sendPart(0, phase.step, phase.tried)
    })
  }

  private sendPart(part: number, step: number | null, tried: readonly number[]): void {
    const state = this.lastAttempt().parts[part]
    if (!state) return
    state.status = higher(state.status, 'sending')
    state.sentAt = this.now
    this.enter({ name: 'sending', step, tried: [...tried], part })
  }

  private partAccepted(event: { attempt: number; part: number; messageId: string }): void {
    const part = this.partOf(event)
    if (!part) return
    part.messageId = event.messageId
    part.status = higher(part.status, 'accepted')
    this.history.push({ type: 'part_accepted', attempt: event.attempt, part: event.part })
    const { phase } = this.run
    if (phase.name !== 'sending' || !this.isLast(event.attempt) || phase.part !== event.part) return
    this.afterAcceptance(event.part, phase)
  }

  private afterAcceptance(
    part: number,
    phase: { step: number | null; tried: readonly number[] },
  ): void {
    const attempt = this.lastAttempt()
    if (part + 1 < attempt.parts.length) return this.sendPart(part + 1, phase.step, phase.tried)
    this.waitFor(attempt, phase.step, phase.tried)
  }

  /** Rule "waiting": the deadline counts from the acceptance of the last part. */
  private waitFor(attempt: Attempt, step: number | null, tried: readonly number[]): void {
    const deadlineAt = this.now + this.settingsOf(attempt).waitSeconds * 1000
    this.enter({ name: 'waiting', step, tried: [...tried], deadlineAt, isReadingBack: false })
    this.history.push({ type: 'waiting', attempt: attempt.number, deadlineAt })
    this.settle(attempt, 'accepted')
  }

  private partRejected(event: { attempt: number; part: number; error: ProviderError }): void {
    const part = this.partOf(event)
    if (!part) return
    part.status = higher(part.status, 'rejected')
    const { attempt: number, error } = event
    this.history.push({ type: 'part_rejected', attempt: number, part: event.part, error })
    const { phase } = this.run
    if (phase.name !== 'sending' || !this.isLast(number)) return
    const attempt = this.lastAttempt()
    attempt.connectionFailed = error.scope === 'connection'
    this.attemptFailed(attempt, 'rejected')
    this.afterError(error, phase.step, phase.tried, attempt.connectionId)
  }

  /** Unknown is never answered by sending to that chat again: the run waits for evidence. */
  private partUnknown(event: { attempt: number; part: number }): void {
    const part = this.partOf(event)
    if (!part) return
    part.status = higher(part.status, 'unknown')
    this.history.push({ type: 'part_unknown', attempt: event.attempt, part: event.part })
    const { phase } = this.run
    if (phase.name !== 'sending' || !this.isLast(event.attempt)) return
    // Its echo may have come before the answer was lost.
    if (part.status === 'unknown') return this.waitFor(this.lastAttempt(), phase.step, phase.tried)
    this.afterAcceptance(event.part, phase)
  }

  /** Receipts only raise a part's status. One for an earlier attempt ends the run as well. */
  private receipt(event: { messageId: string; status: 'delivered' | 'read' | 'error' }): void {
    for (const attempt of this.run.attempts) {
      const index = attempt.parts.findIndex(part => part.messageId === event.messageId)
      const part = attempt.parts[index]
      if (!part) continue
      const before = part.status
      part.status = higher(before, event.status)
      if (part.status === before) return
      const number = attempt.number
      if (this.run.phase.name === 'ended') {
        this.history.push({ type: 'late', attempt: number, status: event.status })
        return
      }
      this.history.push({ type: 'receipt', attempt: number, part: index, status: event.status })
      if (event.status === 'error') return this.receivedError(attempt)
      return this.settle(attempt, 'receipt')
    }
  }

  private receivedError(attempt: Attempt): void {
    this.inPhase('waiting', phase => {
      if (!this.isLast(attempt.number)) return
      const arrived = attempt.parts.some(part => rankOf(part.status) >= rankOf('delivered'))
      this.attemptFailed(attempt, arrived ? 'partial' : 'error')
      this.next(phase.step)
    })
  }

  /**
   * Evidence for an unknown send: same chat, same content, created after our request, unclaimed. It may
   * come while the send still waits for its answer.
   */
  private echo(event: Extract<RunEvent, { type: 'echo' }>): void {
    const claimed = this.run.attempts.some(attempt =>
      attempt.parts.some(part => part.messageId === event.messageId),
    )
    if (claimed) return
    for (const attempt of this.run.attempts) {
      if (attempt.chatId !== event.chatId) continue
      const index = attempt.parts.findIndex(
        (part, position) =>
          (part.status === 'unknown' || part.status === 'sending') &&
          isContentOf(this.run.gathered?.parts[position], event) &&
          event.createdAt >= (part.sentAt ?? 0) - CLOCK_SKEW_MS,
      )
      const part = attempt.parts[index]
      if (!part) continue
      part.messageId = event.messageId
      part.status = higher(part.status, 'accepted')
      this.history.push({ type: 'part_found', attempt: attempt.number, part: index })
      const { phase } = this.run
      if (phase.name === 'sending' && this.isLast(attempt.number)) return
      const goesOn = phase.name === 'waiting' && !phase.isReadingBack
      if (goesOn && this.isLast(attempt.number) && index + 1 < attempt.parts.length) {
        return this.sendPart(index + 1, phase.step, phase.tried)
      }
      return this.settle(attempt, 'accepted')
    }
  }

  /** A person who answers has the message: a reply counts as delivery of what has not failed. */
  private reply(event: { chatId: number; createdAt: number }): void {
    const attempt = this.run.attempts.findLast(candidate => candidate.chatId === event.chatId)
    if (!attempt || event.createdAt < attempt.startedAt - CLOCK_SKEW_MS) return
    const sent = attempt.parts.filter(part => part.status === 'accepted')
    if (sent.length === 0) return
    for (const part of sent) part.status = higher(part.status, 'delivered')
    const number = attempt.number
    if (this.run.phase.name === 'ended') {
      this.history.push({ type: 'late', attempt: number, status: 'reply' })
      return
    }
    this.history.push({ type: 'reply', attempt: number })
    this.settle(attempt, 'reply')
  }

  /** Ends the run when all parts of the attempt have reached what its messenger counts as success. */
  private settle(attempt: Attempt, by: 'receipt' | 'reply' | 'accepted'): void {
    if (this.run.phase.name === 'ended') return
    const wanted = by === 'reply' ? 'delivered' : this.settingsOf(attempt).success
    const reached = (status: PartStatus) => status !== 'error' && rankOf(status) >= rankOf(wanted)
    if (!attempt.parts.every(part => reached(part.status))) return
    const hasArrived = attempt.parts.every(part => rankOf(part.status) >= rankOf('delivered'))
    const { number, messenger } = attempt
    this.end({ kind: 'delivered', attempt: number, messenger, by: hasArrived ? by : 'accepted' })
  }

  /** An existing chat may be of a messenger that is not in the cascade: then the defaults hold. */
  private settingsOf(attempt: Attempt): { waitSeconds: number; success: Step['success'] } {
    const steps = this.run.gathered?.steps ?? []
    const step = steps.find(candidate => candidate.messenger === attempt.messenger)
    return step ?? { waitSeconds: 60, success: 'delivered' }
  }

  private attemptFailed(
    attempt: Attempt,
    reason: 'error' | 'rejected' | 'silent' | 'unknown' | 'partial',
  ): void {
    this.history.push({ type: 'attempt_failed', attempt: attempt.number, reason })
  }

  /**
   * 429 concerns the key, so the same step comes again while the run lives, as it does when Kommo is
   * down. A messenger whose chats cannot be created is given up after a few tries: the next is waiting.
   */
  private putOff(cause: 'busy' | 'unavailable', retryAfterMs: number | null): void {
    const { phase } = this.run
    if (phase.name === 'ended' || phase.name === 'waiting' || phase.name === 'queueing') return
    const isGivenUp = cause === 'unavailable' && this.run.retries >= CHAT_RETRIES
    if (phase.name === 'creating_chat' && isGivenUp) {
      return this.chatRefused({ scope: 'other', code: 'unreachable' })
    }
    const retryAt = this.now + (retryAfterMs ?? backoffMs(this.run.retries))
    if (retryAt > this.run.expiresAt) {
      return phase.name === 'gathering' ? this.endNotDelivered('kommo_unavailable') : this.tooLate()
    }
    this.run.retryAt = retryAt
    this.run.retries += 1
    this.history.push({ type: 'put_off', retryAt })
  }

  private tooLate(): void {
    this.endNotDelivered('too_late')
  }

  private endNotDelivered(reason: NotDeliveredReason): void {
    this.end({ kind: 'not_delivered', reason })
  }

  /** The outcome is stored first; continue and the note follow from it. */
  private end(outcome: Outcome): void {
    this.enter({ name: 'ended', outcome, endedAt: this.now })
    this.history.push(
      outcome.kind === 'delivered'
        ? {
            type: 'ended',
            outcome: 'delivered',
            attempt: outcome.attempt,
            messenger: outcome.messenger,
          }
        : { type: 'ended', outcome: 'not_delivered', reason: outcome.reason },
    )
  }

  /** Rule "end": network errors, 429 and 5xx are tried again for a day; a refusal is final. */
  private continued(result: 'accepted' | 'gone' | 'refused' | 'held' | 'failed'): void {
    this.inPhase('ended', phase => {
      const { continuation } = this.run
      if (continuation.state !== 'pending') return
      const tries = continuation.tries + 1
      if (result === 'failed') {
        const retryAt = this.now + backoffMs(tries)
        if (retryAt > phase.endedAt + CONTINUE_FOR_MS) {
          this.run.continuation = { state: 'settled', as: 'given_up' }
          this.history.push({ type: 'continued', result: 'given_up' })
          return
        }
        this.run.continuation = { state: 'pending', tries }
        this.run.retryAt = retryAt
        this.history.push({ type: 'continued', result })
        return
      }
      this.run.continuation =
        result === 'held' ? { state: 'held', tries } : { state: 'settled', as: result }
      this.history.push({ type: 'continued', result })
    })
  }

  /** Rule "hook": it came again, or the account was connected again: continue is tried now. */
  private continueAskedAgain(): void {
    this.inPhase('ended', () => {
      if (this.run.continuation.state === 'none') return
      this.run.continuation = { state: 'pending', tries: 0 }
      this.run.retryAt = null
      this.commandsWanted = true
    })
  }

  /** Rule "end": the note is written at most once, so it counts as written before its request leaves. */
  private noteClaimed(): void {
    if (this.run.note !== 'pending') return
    this.run.note = 'done'
    this.history.push({ type: 'note_written' })
  }

  private partOf(event: { attempt: number; part: number }) {
    const attempt = this.run.attempts.find(candidate => candidate.number === event.attempt)
    return attempt?.parts[event.part]
  }

  private isLast(attempt: number): boolean {
    return this.run.attempts.at(-1)?.number === attempt
  }

  private lastAttempt(): Attempt {
    const attempt = this.run.attempts.at(-1)
    if (!attempt) throw new Error(`Run ${this.run.id} is past choosing but has no attempt`)
    return attempt
  }
}

function isPhase<Name extends Phase['name']>(
  phase: Phase,
  name: Name,
): phase is Extract<Phase, { name: Name }> {
  return phase.name === name
}

/** An echo shows the part's text, or its caption. */
function isContentOf(part: Part | undefined, echo: { kind: string; text: string }): boolean {
  if (!part || part.kind !== echo.kind) return false
  return (part.kind === 'text' ? part.text : part.caption) === echo.text
}

function never(value: never): never {
  throw new Error(`Unhandled: ${JSON.stringify(value)}`)
}

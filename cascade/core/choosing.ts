import type { NoConnectionReason } from './events.ts'
import { backoffMs } from './backoff.ts'
import { endNotDelivered, enter, inPhase, tooLate, type Draft } from './draft.ts'
import { startAttempt } from './sending.ts'
import type { NotDeliveredReason, ProviderError, SkipReason } from '../../contracts/history.ts'
import type { Run, Who } from './run.ts'
import { addressFor, skipReason } from './skip-reason.ts'

/** Who is next: the existing chat, then messenger by messenger, connection by connection. */

/** How often creating a chat, which is get-or-create, is repeated after no or a broken answer. */
const CHAT_RETRIES = 2
/** A messenger's further connections that are tried after errors of the connection's own. */
const FURTHER_CONNECTIONS = 2

/** Rules "who" and "existing chat": the last active chat is attempt 0; without one, the cascade. */
export function gatheringDone(t: Draft, found: NonNullable<Run['gathered']>): void {
  inPhase(t, 'gathering', () => {
    t.run.gathered = found
    t.history.push({
      type: 'gathered',
      phones: found.phones.length,
      usernames: found.usernames.length,
      warnings: found.warnings.length,
      parts: found.parts.length,
    })
    if (t.now > t.run.expiresAt) return tooLate(t)
    const chat = found.existingChat
    if (chat && chat !== 'syncing') {
      t.history.push({ type: 'existing_chat_found', ...chat })
      return startAttempt(t, { ...chat, number: 0, origin: 'existing_chat' }, null, [])
    }
    const reason = chat === 'syncing' ? 'syncing' : 'not_found'
    t.history.push({ type: 'existing_chat_none', reason })
    next(t, null)
  })
}

/** Rule "who": nothing to send, or nobody to send to. */
export function gatheringFailed(t: Draft, reason: NotDeliveredReason, who?: Who): void {
  inPhase(t, 'gathering', () => {
    t.run.unreached = who ?? null
    endNotDelivered(t, reason)
  })
}

/** Rule "cascade": by priority, each skip with its reason and without loss of time. */
export function next(t: Draft, after: number | null): void {
  const gathered = t.run.gathered
  if (!gathered) return
  if (t.now > t.run.expiresAt) return tooLate(t)
  for (let index = after === null ? 0 : after + 1; index < gathered.steps.length; index++) {
    const step = gathered.steps[index]
    if (!step) continue
    const reason = skipReason(t.run, step)
    if (!reason) return enter(t, { name: 'choosing', step: index, tried: [] })
    t.history.push({ type: 'messenger_skipped', messenger: step.messenger, reason })
  }
  endNotDelivered(t, t.run.attempts.length > 0 ? 'nobody_delivered' : 'no_messenger')
}

/** Rule "round robin": its turn was counted, and a chat over it comes next. */
export function connectionPicked(t: Draft, connectionId: number): void {
  inPhase(t, 'choosing', phase => {
    const step = t.run.gathered?.steps[phase.step]
    const address = step && addressFor(t.run, step)
    if (!step || !address) return next(t, phase.step)
    t.history.push({ type: 'connection_picked', messenger: step.messenger, connectionId })
    enter(t, { ...phase, name: 'creating_chat', connectionId, address })
  })
}

/** Rule "cascade": a messenger without a connection that can send is skipped, with that reason. */
export function noConnection(t: Draft, reason: NoConnectionReason): void {
  inPhase(t, 'choosing', phase => {
    const messenger = t.run.gathered?.steps[phase.step]?.messenger ?? ''
    const why: SkipReason = phase.tried.length > 0 ? 'connections_failed' : reason
    t.history.push({ type: 'messenger_skipped', messenger, reason: why })
    next(t, phase.step)
  })
}

/** Rule "cascade": the chat is there, so its attempt begins. */
export function chatCreated(t: Draft, chatId: number): void {
  inPhase(t, 'creating_chat', phase => {
    const messenger = t.run.gathered?.steps[phase.step]?.messenger
    if (!messenger) return
    const { connectionId } = phase
    const by = phase.address.kind
    t.history.push({ type: 'chat_created', messenger, connectionId, by })
    const last = t.run.attempts.at(-1)
    startAttempt(
      t,
      { number: (last?.number ?? 0) + 1, origin: 'cascade', messenger, connectionId, chatId },
      phase.step,
      phase.tried,
    )
  })
}

/** Rule "errors": no chat over this connection; whose error it is says what comes next. */
export function chatRefused(t: Draft, error: ProviderError): void {
  inPhase(t, 'creating_chat', phase => {
    const messenger = t.run.gathered?.steps[phase.step]?.messenger ?? ''
    const { connectionId } = phase
    t.history.push({ type: 'connection_failed', messenger, connectionId, error })
    afterError(t, error, phase.step, phase.tried, connectionId)
  })
}

/** Rule "errors": the next messenger, but for an error that is known to be the connection's own. */
export function afterError(
  t: Draft,
  error: ProviderError,
  step: number | null,
  tried: readonly number[],
  connectionId: number,
): void {
  if (error.scope !== 'connection') return next(t, step)
  if (step === null) return next(t, null)
  const failed = [...tried, connectionId]
  if (failed.length > FURTHER_CONNECTIONS) return noMoreConnections(t, step)
  enter(t, { name: 'choosing', step, tried: failed })
}

/** Rule "errors": two further connections at most, then the next messenger. */
function noMoreConnections(t: Draft, step: number): void {
  const messenger = t.run.gathered?.steps[step]?.messenger ?? ''
  t.history.push({ type: 'messenger_skipped', messenger, reason: 'connections_failed' })
  next(t, step)
}

/**
 * 429 concerns the key, so the same step comes again while the run lives, as it does when Kommo is
 * down. A messenger whose chats cannot be created is given up after a few tries: the next is waiting.
 */
export function putOff(t: Draft, cause: 'busy' | 'unavailable', retryAfterMs: number | null): void {
  const { phase } = t.run
  if (phase.name === 'ended' || phase.name === 'waiting') return
  const isGivenUp = cause === 'unavailable' && t.run.retries >= CHAT_RETRIES
  if (phase.name === 'creating_chat' && isGivenUp) {
    return chatRefused(t, { scope: 'other', code: 'unreachable' })
  }
  const retryAt = t.now + (retryAfterMs ?? backoffMs(t.run.retries))
  if (retryAt > t.run.expiresAt) {
    return phase.name === 'gathering' ? endNotDelivered(t, 'kommo_unavailable') : tooLate(t)
  }
  t.run.retryAt = retryAt
  t.run.retries += 1
  t.history.push({ type: 'put_off', retryAt, cause })
}

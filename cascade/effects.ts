import { isDeepStrictEqual } from 'node:util'
import type { KommoAccess } from '../integrations/kommo/client.ts'
import type { OutgoingPart, RadistAccess } from '../integrations/radist/client.ts'
import type { Account } from '../storage/accounts.ts'
import { readConnections, setConnection } from '../storage/cascades.ts'
import type { Queryable } from '../storage/database.ts'
import { touchFile } from '../storage/files.ts'
import type { RunSubject, StoredRun } from '../storage/run-row.ts'
import { findRun } from '../storage/runs.ts'
import { runOfMessage } from '../storage/sent-messages.ts'
import { commandsOf } from './core/decide.ts'
import { continueData } from './continue-data.ts'
import type { Command, RunEvent } from './core/events.ts'
import type { ProviderError } from '../contracts/history.ts'
import type { Run } from './core/run.ts'
import { gather } from './gather.ts'
import { insist } from './insist.ts'
import { noteText } from './note.ts'
import type { Services } from './services.ts'

/** A connection with an error of its own rests: ten minutes, doubling, a day at most. */
const REST_MS = 10 * 60_000
const REST_MAX_MS = 24 * 3600_000

/** Commands that need Kommo or Radist and answer with events. */
export type OutsideCommand = Exclude<
  Command,
  { type: 'write_note' | 'pick_connection' | 'queue_for_chat' }
>

/** Carries out one command, and says what came of it as the run's next events. */
export async function perform(
  services: Services,
  account: Account,
  stored: StoredRun,
  command: OutsideCommand,
): Promise<RunEvent[]> {
  const { run, subject } = stored
  switch (command.type) {
    case 'gather':
      return [await gatherAndUse(services, account, subject)]
    case 'read_back':
      return readBack(services, account, run, command.attempt)
    case 'create_chat':
      return createChat(services, account, stored, command)
    case 'send_part':
      return sendPart(services, account, stored, command)
    case 'continue_bot':
      return [await continueBot(services, account, run, subject.returnUrl)]
    default:
      return command satisfies never
  }
}

/** Writes the note into the feed. The run has claimed it already, so it is written at most once. */
export async function writeNote(
  services: Services,
  account: Account,
  { run, subject }: StoredRun,
): Promise<void> {
  const read = () => readConnections(services.database, account.id)
  const connections = await insist(services, read)
  await services.kommo.addNote(
    account,
    subject.entity,
    noteText(run, account.language, connections),
  )
}

/** The file of a message that goes out is one that a bot still uses. */
async function gatherAndUse(
  services: Services,
  account: Account,
  subject: RunSubject,
): Promise<RunEvent> {
  const event = await gather(services, account, subject)
  if (event.type !== 'gathered') return event
  const usedAt = { last_used_at: services.clock.now() }
  for (const part of event.gathered.parts) {
    if (part.kind === 'text') continue
    await services.transact(account.id, db => touchFile(db, account.id, part.fileId, usedAt))
  }
  return event
}

/** Looks in the chat for what became of an unknown send. Without an answer there is no evidence. */
async function readBack(
  services: Services,
  account: Account,
  run: Run,
  attemptNumber: number,
): Promise<RunEvent[]> {
  const attempt = run.attempts.find(candidate => candidate.number === attemptNumber)
  const access = radistAccess(account)
  const found = attempt && access ? await services.radist.messages(access, attempt.chatId) : null
  const echoes: RunEvent[] = []
  for (const message of found?.ok ? found.value : []) {
    if (message.direction !== 'outbound') continue
    const { messageId, kind, text, createdAt } = message
    const find = () => runOfMessage(services.database, account.id, messageId)
    if (await insist(services, find)) continue
    echoes.push({ type: 'echo', chatId: attempt?.chatId ?? 0, messageId, kind, text, createdAt })
  }
  return [...echoes, { type: 'read_back' }]
}

async function createChat(
  services: Services,
  account: Account,
  stored: StoredRun,
  command: Extract<Command, { type: 'create_chat' }>,
): Promise<RunEvent[]> {
  const access = radistAccess(account)
  if (!access) return [{ type: 'chat_refused', error: { scope: 'other', code: 'key_refused' } }]
  const { connectionId, address } = command
  const outcome = await services.radist.createChat(
    access,
    connectionId,
    address,
    isWanted(services, stored, command),
  )
  switch (outcome.kind) {
    case 'accepted':
      return [{ type: 'chat_created', ...outcome.value }]
    case 'rejected':
      await restIfItsOwn(services, account.id, connectionId, outcome.error)
      return [{ type: 'chat_refused', error: outcome.error }]
    case 'retry_later':
      return [{ type: 'put_off', cause: 'busy', retryAfterMs: outcome.retryAfterMs }]
    case 'unknown':
      return [{ type: 'put_off', cause: 'unavailable', retryAfterMs: null }]
    case 'withdrawn':
      return []
    default:
      return outcome satisfies never
  }
}

async function sendPart(
  services: Services,
  account: Account,
  stored: StoredRun,
  command: Extract<Command, { type: 'send_part' }>,
): Promise<RunEvent[]> {
  const { run } = stored
  const target = { attempt: command.attempt, part: command.part }
  const attempt = run.attempts.find(candidate => candidate.number === command.attempt)
  const part = run.gathered?.parts[command.part]
  const access = radistAccess(account)
  if (!attempt || !part || !access) {
    return [{ type: 'part_rejected', ...target, error: { scope: 'other', code: 'key_refused' } }]
  }
  const outgoing: OutgoingPart =
    part.kind === 'text'
      ? part
      : {
          kind: part.kind,
          name: part.name,
          caption: part.caption,
          url: services.fileUrl(account.id, part.fileId),
        }
  const outcome = await services.radist.send(
    access,
    attempt,
    outgoing,
    isWanted(services, stored, command),
  )
  switch (outcome.kind) {
    case 'accepted':
      return [{ type: 'part_accepted', ...target, messageId: outcome.value.messageId }]
    case 'rejected':
      await restIfItsOwn(services, account.id, attempt.connectionId, outcome.error)
      return [{ type: 'part_rejected', ...target, error: outcome.error }]
    case 'retry_later':
      return [{ type: 'put_off', cause: 'busy', retryAfterMs: outcome.retryAfterMs }]
    case 'unknown':
      return [{ type: 'part_unknown', ...target }]
    case 'withdrawn':
      return []
    default:
      return outcome satisfies never
  }
}

/**
 * Whether the run still asks for this request. It may have ended while the request queued behind the
 * limiter: by a late receipt, a reply, or because its contact was erased. And this process may have been
 * taken for gone, so that another one does what it was at.
 */
function isWanted(
  services: Services,
  before: StoredRun,
  command: OutsideCommand,
): (hasQueued: boolean) => Promise<boolean> {
  const { database, clock, worker } = services
  const isOurs = (stored: StoredRun) => worker.isAlive() && stored.worker === worker.id
  return async hasQueued => {
    if (!hasQueued) return isOurs(before)
    const stored = await insist(services, () => findRun(database, before.run.id))
    if (!stored || !isOurs(stored)) return false
    return commandsOf(stored.run, clock.now()).some(one => isDeepStrictEqual(one, command))
  }
}

async function continueBot(
  { kommo, metrics }: Services,
  access: KommoAccess,
  run: Run,
  returnUrl: string | null,
): Promise<RunEvent> {
  const data = continueData(run)
  if (!returnUrl || !data) return { type: 'continued', result: 'refused' }
  const result = await kommo.continueBot(access, returnUrl, data)
  metrics.continues.inc({ result })
  return { type: 'continued', result }
}

async function restIfItsOwn(
  services: Services,
  accountId: number,
  connectionId: number,
  error: ProviderError,
): Promise<void> {
  if (error.scope !== 'connection') return
  const rest = async (transaction: Queryable) => {
    const connections = await readConnections(transaction, accountId)
    const connection = connections.find(one => one.connectionId === connectionId)
    const rests = connection?.rests ?? 0
    const restMs = Math.min(REST_MAX_MS, REST_MS * 2 ** Math.min(rests, 10))
    await setConnection(transaction, accountId, connectionId, {
      resting_until: services.clock.now() + restMs,
      rests: rests + 1,
      ...(error.code === 'connection_unpaid' ? { state: 'unpaid' } : {}),
      ...(error.code === 'connection_not_in_subscription' ? { state: 'not_in_subscription' } : {}),
      ...(error.code === 'connection_logged_out' ? { state: 'logged_out' } : {}),
      ...(error.code === 'connection_deleted' ? { state: 'deleted' } : {}),
    })
  }
  await insist(services, () => services.transact(accountId, rest))
}

export function radistAccess(account: Account): RadistAccess | null {
  return account.radist && { accountId: account.id, ...account.radist }
}

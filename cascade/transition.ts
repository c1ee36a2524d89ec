import { isDeepStrictEqual } from 'node:util'
import { leaveChatQueue, joinChatQueue } from '../storage/chat-queue.ts'
import { countNewChat } from '../storage/cascades.ts'
import { upsertChat } from '../storage/chats.ts'
import { isContactErasedSince } from '../storage/contacts.ts'
import type { Queryable } from '../storage/database.ts'
import { takeReceipts, unclaimedReceipts } from '../storage/receipts.ts'
import type { RunSubject, StoredRun } from '../storage/run-row.ts'
import { findRun, markLateNews, updateRun } from '../storage/runs.ts'
import { rememberRunChat, rememberSentMessage } from '../storage/sent-messages.ts'
import { addCounts } from '../storage/statistics.ts'
import { together } from '../storage/transact.ts'
import { decide, type Decision } from './core/decide.ts'
import type { Command, RunEvent } from './core/events.ts'
import type { HistoryEntry } from '../contracts/history.ts'
import type { Run } from './core/run.ts'
import { countsOf } from './core/statistics.ts'
import { pickConnection } from './pick-connection.ts'

export type Transition = {
  stored: StoredRun
  /** What remains to be done outside the database, once this is committed. */
  commands: Command[]
  /** Runs whose turn in a chat has come by this. */
  nextInChats: string[]
  /** It ended by this step. */
  hasEnded: boolean
}

/**
 * One transition of a run inside the caller's transaction: load, decide, store state and history.
 * Commands that need nothing but the database are carried out here as well, so that a pick is counted
 * exactly when the run goes on with it.
 * @param by the process that carries out what follows
 */
export async function transition(
  db: Queryable,
  runId: string,
  event: RunEvent,
  { at: now, by }: { at: number; by: string | null },
): Promise<Transition | null> {
  const before = await findRun(db, runId)
  if (!before) return null
  // Somebody else was faster, or the run has gone on.
  if (event.type === 'taken_over' && event.claim && event.claim !== before.worker) return null
  const { subject } = before
  const settled = await settle(db, before, await asTrue(db, before, event), now)
  const { history, run } = settled
  // What another process still carries out stays its own.
  const worker = settled.commands.length > 0 ? by : before.worker
  const isChanged =
    history.length > 0 || worker !== before.worker || !isDeepStrictEqual(run, before.run)
  const step = { before: before.run, run, history, at: now, worker }
  const [nextInChats] = await together([
    leaveChats(db, subject.accountId, before.run, run),
    remember(db, subject, before.run, run, event, now),
    isChanged ? updateRun(db, subject.accountId, step) : null,
    isChanged ? count(db, subject, before.run, run, history, now) : null,
  ])
  const hasEnded = before.run.phase.name !== 'ended' && run.phase.name === 'ended'
  return { stored: { ...before, run, worker }, commands: settled.commands, nextInChats, hasEnded }
}

/** What the account's statistics learn of a step. Tests are never counted. */
async function count(
  db: Queryable,
  { accountId, origin }: RunSubject,
  before: Run,
  run: Run,
  history: readonly HistoryEntry[],
  now: number,
): Promise<void> {
  const counts = countsOf(before, run, history, now)
  if (!counts) return
  if (counts.attempts.some(({ result }) => result === 'late')) {
    await markLateNews(db, accountId, run.id)
  }
  if (origin !== 'test') await addCounts(db, accountId, run.createdAt, counts)
}

/** A contact that was erased while it was read is not brought back. */
async function asTrue(
  db: Queryable,
  { run, subject }: StoredRun,
  event: RunEvent,
): Promise<RunEvent> {
  const contactId =
    event.type === 'gathered'
      ? event.gathered.contactId
      : event.type === 'gathering_failed'
        ? (event.who?.contactId ?? null)
        : null
  if (contactId === null) return event
  const isErased = await isContactErasedSince(db, subject.accountId, contactId, run.createdAt)
  return isErased ? { type: 'contact_erased' } : event
}

/** Decides, and decides again with what the mailbox and the database say to it. */
async function settle(
  db: Queryable,
  { run, subject }: StoredRun,
  event: RunEvent,
  now: number,
): Promise<Decision> {
  const history: HistoryEntry[] = []
  let state = run
  let commands: Command[] = []
  const follow = (next: RunEvent) => {
    const decision = decide(state, next, now)
    state = decision.run
    history.push(...decision.history)
    // Later commands replace earlier ones: they follow from the newest state.
    if (decision.commands.length > 0) commands = decision.commands
  }
  const { accountId } = subject
  if (event.type === 'part_accepted' || event.type === 'echo') {
    const { messageId } = event
    const early = await unclaimedReceipts(db, accountId, messageId)
    follow({ ...event, early })
    const isOwn = state.attempts.some(one => one.parts.some(part => part.messageId === messageId))
    if (isOwn && early.length > 0) await takeReceipts(db, accountId, messageId, run.id)
  } else {
    follow(event)
  }
  if (event.type === 'restarted') {
    for (const receipt of await mailbox(db, accountId, state)) follow(receipt)
  }
  for (;;) {
    const [local] = commands
    if (local?.type === 'pick_connection') {
      const { messenger, except } = local
      follow(await pickConnection(db, accountId, messenger, except, now))
    } else if (local?.type === 'queue_for_chat') {
      commands = []
      // When it is not this run's turn nothing happens: whoever leaves the queue tells the next.
      const isFree = await joinChatQueue(db, accountId, local.chatId, run.id)
      follow(isFree ? { type: 'chat_free' } : { type: 'chat_busy' })
    } else break
  }
  if (commands.some(command => command.type === 'write_note')) {
    // Claimed before its request leaves, so that it is written at most once.
    const claimed = commands
    follow({ type: 'note_claimed' })
    commands = claimed
  }
  return { run: state, commands, history }
}

/** Receipts that were stored, but not applied any more before a stop. */
async function mailbox(db: Queryable, accountId: number, run: Run): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for (const { messageId } of run.attempts.flatMap(attempt => attempt.parts)) {
    if (messageId === undefined) continue
    for (const status of await takeReceipts(db, accountId, messageId, run.id)) {
      events.push({ type: 'receipt', messageId, status })
    }
  }
  return events
}

/** What makes receipts, echoes and replies find their run. */
async function remember(
  db: Queryable,
  { accountId }: RunSubject,
  before: Run,
  run: Run,
  event: RunEvent,
  now: number,
): Promise<void> {
  if (event.type === 'part_accepted' || event.type === 'echo') {
    const { messageId } = event
    const sender = run.attempts.find(one => one.parts.some(part => part.messageId === messageId))
    if (sender) {
      await rememberSentMessage(db, {
        accountId,
        messageId,
        runId: run.id,
        chatId: sender.chatId,
      })
    }
  }
  if (event.type === 'chat_created' && before.phase.name === 'creating_chat') {
    const { connectionId, address } = before.phase
    await together([
      event.isNew ? countNewChat(db, accountId, connectionId, now) : null,
      upsertChat(db, accountId, {
        chatId: event.chatId,
        connectionId,
        phone: address.kind === 'phone' ? address.value : null,
        username: address.kind === 'username' ? address.value : null,
        lastActiveAt: now,
        lastInboundAt: null,
      }),
    ])
  }
  for (const attempt of run.attempts.slice(before.attempts.length)) {
    await rememberRunChat(db, accountId, attempt.chatId, run.id, attempt.startedAt)
  }
}

/** A chat is this run's own until its attempt there is settled. @returns the runs that come next */
async function leaveChats(
  db: Queryable,
  accountId: number,
  before: Run,
  run: Run,
): Promise<string[]> {
  const left = busyChatOf(before)
  if (left === null || left === busyChatOf(run)) return []
  const next = await leaveChatQueue(db, accountId, left, run.id)
  return next === null ? [] : [next]
}

function busyChatOf(run: Run): number | null {
  const isBusy = ['queueing', 'sending', 'waiting'].includes(run.phase.name)
  return isBusy ? (run.attempts.at(-1)?.chatId ?? null) : null
}

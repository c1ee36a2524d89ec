import { MESSENGERS, type Scenario } from './simulate.ts'
import { KIND_CHAT, KIND_SEND, type SendFate } from './sim-world.ts'

/**
 * What the rules say about one run that nothing interrupts, written as a plain story from top to bottom
 * and without a look at the engine: the messengers that are called, in order, and who delivers.
 * It leaves out what it would have to repeat from the engine to know: echoes that come before the
 * answer, sends that left though their answer was lost, several runs, restarts.
 */
export type Prediction = { calls: string[]; deliveredBy: string | null }

const READING_MS = 20
const BUSY_MS = 1500
const CHAT_RETRIES = 2
const CONNECTIONS_TRIED = 3

type Attempt = { messenger: string; succeedsAt: number }
type Sent =
  | { kind: 'over' }
  | { kind: 'failed'; at: number; connectionFailed: boolean }
  | { kind: 'succeeded' }

export function predict(scenario: Scenario): Prediction {
  const [run] = scenario.runs
  if (!run) throw new Error('The model predicts one run')
  const partCount = run.hasFile ? 2 : 1
  const sendFates = [...scenario.sendFates]
  const chatFates = [...scenario.chatFates]
  const calls: string[] = []
  const attempts: Attempt[] = []
  let deliveredBy: string | null = null

  /** News of an earlier attempt ends everything, whatever is going on. */
  function isOverBy(at: number): boolean {
    const first = attempts
      .filter(attempt => attempt.succeedsAt <= at)
      .toSorted((a, b) => a.succeedsAt - b.succeedsAt)[0]
    if (first) deliveredBy = first.messenger
    return first !== undefined
  }

  function send(messenger: string, startAt: number): Sent {
    const { success, waitSeconds } = settingsOf(scenario, messenger)
    let at = startAt
    let erredAt = Number.POSITIVE_INFINITY
    let succeedsAt = 0
    for (let part = 0; part < partCount;) {
      if (isOverBy(at)) return { kind: 'over' }
      const fate = sendFates.shift() ?? KIND_SEND
      calls.push(messenger)
      const answeredAt = at + fate.answerMs
      if (fate.answer === 'busy') {
        at = answeredAt + BUSY_MS
        continue
      }
      if (fate.answer === 'refused' || fate.answer === 'connection') {
        const connectionFailed = fate.answer === 'connection'
        return isOverBy(answeredAt)
          ? { kind: 'over' }
          : { kind: 'failed', at: answeredAt, connectionFailed }
      }
      if (fate.answer === 'lost_unsent') {
        const deadlineAt = answeredAt + waitSeconds * 1000
        return isOverBy(deadlineAt + 30)
          ? { kind: 'over' }
          : { kind: 'failed', at: deadlineAt + 30, connectionFailed: false }
      }
      if (fate.news === 'error') erredAt = Math.min(erredAt, Math.max(answeredAt, at + fate.newsMs))
      succeedsAt = Math.max(succeedsAt, successOf(fate, success, at, answeredAt))
      if (erredAt <= answeredAt) {
        return isOverBy(answeredAt)
          ? { kind: 'over' }
          : { kind: 'failed', at: answeredAt, connectionFailed: false }
      }
      at = answeredAt
      part += 1
    }
    const deadlineAt = at + waitSeconds * 1000
    const endsAt = Math.min(deadlineAt, erredAt)
    // An error leaves a part that can never succeed any more.
    attempts.push({
      messenger,
      succeedsAt: success === 'accepted' ? at : erredAt < Infinity ? Infinity : succeedsAt,
    })
    if (isOverBy(endsAt)) return { kind: 'succeeded' }
    return { kind: 'failed', at: endsAt, connectionFailed: false }
  }

  /** @returns when the chat is there, or what its creation's failure means */
  function createChat(
    startAt: number,
  ): { kind: 'created' | 'refused' | 'connection'; at: number } | { kind: 'over' } {
    let at = startAt
    for (let retries = 0; ; retries += 1) {
      if (isOverBy(at)) return { kind: 'over' }
      const fate = chatFates.shift() ?? KIND_CHAT
      at += fate.answerMs
      if (isOverBy(at)) return { kind: 'over' }
      if (fate.answer === 'ok') return { kind: 'created', at }
      if (fate.answer === 'refused' || fate.answer === 'connection')
        return { kind: fate.answer, at }
      if (fate.answer === 'lost' && retries >= CHAT_RETRIES) return { kind: 'refused', at }
      at += fate.answer === 'busy' ? BUSY_MS : 1000 * 2 ** retries
    }
  }

  let at = READING_MS
  const resting = new Map<string, number>()
  const existing = scenario.knownContacts.includes(run.contact)
    ? MESSENGERS.find((_, place) => (scenario.messengers[place]?.connections ?? 0) > 0)
    : undefined
  let wasItsAttempt: string | undefined
  if (existing) {
    const sent = send(existing, at)
    if (sent.kind !== 'failed') return { calls, deliveredBy }
    at = sent.at
    if (sent.connectionFailed) resting.set(existing, 1)
    else wasItsAttempt = existing
  }
  for (const [place, settings] of scenario.messengers.entries()) {
    const messenger = MESSENGERS[place] ?? ''
    if (!settings.isOn || messenger === wasItsAttempt) continue
    for (let tried = 0; tried < CONNECTIONS_TRIED; tried++) {
      if (isOverBy(at)) return { calls, deliveredBy }
      if ((resting.get(messenger) ?? 0) >= settings.connections) break
      const chat = createChat(at)
      if (chat.kind === 'over') return { calls, deliveredBy }
      at = chat.at
      if (chat.kind === 'refused') break
      if (chat.kind === 'created') {
        const sent = send(messenger, at)
        if (sent.kind !== 'failed') return { calls, deliveredBy }
        at = sent.at
        if (!sent.connectionFailed) break
      }
      resting.set(messenger, (resting.get(messenger) ?? 0) + 1)
    }
  }
  return { calls, deliveredBy }
}

/** When this part has what its messenger counts as success, judged by its own news alone. */
function successOf(fate: SendFate, success: string, at: number, answeredAt: number): number {
  const newsAt = at + fate.newsMs
  switch (fate.news) {
    case 'read':
      return Math.max(answeredAt, newsAt)
    case 'delivered':
      return success === 'read' ? Number.POSITIVE_INFINITY : Math.max(answeredAt, newsAt)
    case 'reply':
      // A reply counts for what was accepted by then.
      return newsAt >= answeredAt ? newsAt : Number.POSITIVE_INFINITY
    case 'error':
    case 'silent':
      return Number.POSITIVE_INFINITY
    default:
      return fate.news satisfies never
  }
}

function settingsOf(scenario: Scenario, messenger: string) {
  const settings = scenario.messengers[MESSENGERS.indexOf(messenger)]
  if (!settings) throw new Error(`The scenario has no ${messenger}`)
  return settings
}

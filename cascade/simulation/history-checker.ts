import type { Run } from '../core/run.ts'

/**
 * The history checker: it reads only what the outside world saw and what the database holds, and names
 * every promise of ours that does not hold. Texts of runs are unique, so a call tells its run.
 */
export type ProviderCall = {
  at: number
  accountId: number
  connectionId: number
  chatId: number
  messenger: string
  /** Text or caption, and the file's name: whose part it is. */
  content: string
  /** What the provider made of it. `unsent` calls never left, `busy` was 429. */
  taken: 'taken' | 'unsent' | 'refused' | 'busy'
}
export type DeliveredNews = {
  at: number
  accountId: number
  content: string
  /** We answered it with 200. A crash may take that answer back, though not the news. */
  isTaken: boolean
}
export type ContinueCall = {
  at: number
  runId: string
  status: string
  accepted: boolean
  data: Readonly<Record<string, string>>
}

export type WorldHistory = {
  calls: readonly ProviderCall[]
  /** Receipts, and of replies what stood in their chat before. */
  delivered: readonly DeliveredNews[]
  replied: readonly DeliveredNews[]
  continues: readonly ContinueCall[]
}

export type RunRecord = {
  run: Run
  accountId: number
  /** Content of each part, in order. */
  contents: readonly string[]
  /** The account's messengers in order. */
  cascade: readonly string[]
  /** Every messenger counts "delivered" as success. */
  wantsDelivered: boolean
}

export type Rules = {
  /** Nothing is under way any more: every run must have come to its end. */
  isComplete: boolean
  /** A bot waits for each run, so exactly one continue is accepted. */
  everyBotWaits: boolean
  /** A request that was on its way when its run ended may arrive this much later. */
  inFlightMs: number
}
const STRICT: Rules = { isComplete: true, everyBotWaits: true, inFlightMs: 0 }

/** @returns every violation, in words; none when all promises hold */
export function checkHistory(
  world: WorldHistory,
  records: readonly RunRecord[],
  rules: Rules = STRICT,
): string[] {
  return records.flatMap(record => {
    const calls = world.calls.filter(call => record.contents.includes(call.content))
    return [
      ...(rules.isComplete ? checkEnd(record) : []),
      ...checkContinue(world, record, rules),
      ...checkCalls(record, calls, rules),
      ...checkOrder(record, calls),
      ...checkTruth(world, record, calls),
    ].map(violation => `run ${record.run.id}: ${violation}`)
  })
}

function checkEnd({ run }: RunRecord): string[] {
  if (run.phase.name !== 'ended') return [`is stuck in ${run.phase.name}`]
  return run.continuation.state === 'pending' ? ['its continue is not settled'] : []
}

function checkContinue({ continues }: WorldHistory, { run }: RunRecord, rules: Rules): string[] {
  const mine = continues.filter(call => call.runId === run.id)
  const accepted = mine.filter(call => call.accepted)
  const statuses = new Set(mine.map(call => call.status))
  const expected =
    run.phase.name === 'ended' && run.phase.outcome.kind === 'delivered' ? 'success' : 'fail'
  const { continuation } = run
  const isTold = continuation.state === 'settled' && continuation.as === 'accepted'
  const isRefused = continuation.state === 'settled' && continuation.as === 'refused'
  const isOwed = isTold || (rules.everyBotWaits && !isRefused)
  const isRight = isOwed ? accepted.length === 1 : accepted.length <= 1
  return [
    ...(isRight ? [] : [`has ${accepted.length} accepted continues`]),
    ...(statuses.size > 1 ? ['told the bot both outcomes'] : []),
    ...(statuses.size === 1 && !statuses.has(expected) ? ['told the bot another outcome'] : []),
  ]
}

function checkCalls(
  { run, accountId }: RunRecord,
  calls: readonly ProviderCall[],
  { inFlightMs }: Rules,
): string[] {
  const violations: string[] = []
  const made = new Set<string>()
  for (const call of calls) {
    if (call.accountId !== accountId) violations.push('was sent by another account')
    if (run.phase.name === 'ended' && call.at > run.phase.endedAt + inFlightMs) {
      violations.push('sent after its end')
    }
    if (call.at > run.expiresAt + LATEST_MS) violations.push('sent after its lifetime')
    if (call.taken === 'busy') continue
    const key = `${call.chatId}:${call.content}`
    if (made.has(key)) violations.push(`sent ${call.content} twice into chat ${call.chatId}`)
    made.add(key)
  }
  return violations
}

/** An attempt that started in time may still be sending its second part. */
const LATEST_MS = 120_000

function checkOrder({ run, cascade }: RunRecord, calls: readonly ProviderCall[]): string[] {
  const hasExisting = run.attempts[0]?.origin === 'existing_chat'
  const existing = hasExisting ? run.attempts[0]?.chatId : undefined
  // One that died before the request left cannot know that it did not.
  const mayNotHaveLeft = run.attempts[0]?.parts[0]?.status === 'unknown'
  const places = calls
    .filter(call => call.chatId !== existing)
    .map(call => cascade.indexOf(call.messenger))
  const inOrder = places.every((place, index) => index === 0 || place >= (places[index - 1] ?? 0))
  const firstCall = calls[0]
  return [
    ...(inOrder ? [] : [`called messengers in the order ${places.join(', ')}`]),
    ...(hasExisting && !mayNotHaveLeft && firstCall && firstCall.chatId !== existing
      ? ['did not send into the existing chat first']
      : []),
  ]
}

/** A run that ended as delivered was; one that did not had no news of a whole delivery before its end. */
function checkTruth(
  { delivered, replied }: WorldHistory,
  { run, contents, wantsDelivered }: RunRecord,
  calls: readonly ProviderCall[],
): string[] {
  if (run.phase.name !== 'ended') return []
  const { outcome, endedAt } = run.phase
  const news = delivered.filter(one => contents.includes(one.content))
  if (outcome.kind === 'delivered') {
    const known = [...news, ...replied]
    const isTrue = contents.every(content => known.some(one => one.content === content))
    if (!isTrue && outcome.by !== 'accepted') return ['ended as delivered, but was not']
    return calls.length === 0 ? ['ended as delivered without a call'] : []
  }
  // A receipt that comes before its send's answer belongs to nobody yet, and a person ends the run meanwhile.
  if (outcome.reason === 'contact_erased') return []
  const knew =
    wantsDelivered &&
    contents.length === 1 &&
    news.some(one => one.isTaken && one.content === contents[0] && one.at < endedAt)
  return knew ? ['ended as not delivered, though the delivery was known'] : []
}

import { describe, expect, it } from 'vitest'
import type { Success } from '../../contracts/cascade.ts'
import { decide } from './decide.ts'
import type { RunEvent } from './events.ts'
import { newRun, type Gathered } from './run.ts'
import { countsOf, type Counts } from './statistics.ts'

const SEND: RunEvent[] = [{ type: 'chat_free' }]

function gathered(success: Success, existing: Gathered['existingChat'] = null): Gathered {
  return {
    contactId: 7,
    contactName: 'Lucía',
    leadName: '',
    phones: ['+34612770315'],
    usernames: [],
    parts: [{ kind: 'text', text: 'Hello' }],
    warnings: [],
    existingChat: existing,
    steps: ['whatsapp', 'telegram_personal'].map(messenger => ({
      messenger,
      isOn: true,
      waitSeconds: 60,
      success,
      canWriteFirst: true,
      newChatBy: ['phone'],
    })),
  }
}

/** An attempt over this connection, up to the acceptance of its message. */
function attempt(number: number, connectionId: number): RunEvent[] {
  return [
    { type: 'connection_picked', connectionId },
    { type: 'chat_created', chatId: connectionId * 10 },
    ...SEND,
    { type: 'part_accepted', attempt: number, part: 0, messageId: `m${number}` },
  ]
}

/** What a whole run adds. A number lets so many seconds pass. */
function counted(
  events: readonly (RunEvent | number)[],
  { success = 'delivered' as Success, existing = null as Gathered['existingChat'] } = {},
): Counts {
  const all: Counts = { run: null, attempts: [], times: [] }
  let now = 0
  let run = newRun({ id: 'r', now, lifetimeSeconds: 3600, hasReturnUrl: true, writesNote: false })
  const begin: RunEvent = { type: 'gathered', gathered: gathered(success, existing) }
  for (const event of [{ type: 'started' } as const, begin, ...events]) {
    if (typeof event === 'number') {
      now += event * 1000
      continue
    }
    const decision = decide(run, event, now)
    const counts = countsOf(run, decision.run, decision.history, now)
    run = decision.run
    all.run ??= counts?.run ?? null
    all.attempts.push(...(counts?.attempts ?? []))
    all.times.push(...(counts?.times ?? []))
  }
  return all
}
const results = ({ attempts }: Counts) =>
  attempts.map(({ connectionId, result }) => [connectionId, result])
const receipt = (number: number, status: 'delivered' | 'read' | 'error'): RunEvent => ({
  type: 'receipt',
  messageId: `m${number}`,
  status,
})

describe('what a run counts', () => {
  it('is its delivery, with the time from the send', () => {
    const counts = counted([...attempt(1, 1), 4, receipt(1, 'delivered')])
    expect(counts.run).toEqual({ isDelivered: true, byExistingChat: false })
    expect(results(counts)).toEqual([[1, 'delivered']])
    expect(counts.times).toEqual([{ connectionId: 1, messenger: 'whatsapp', ms: 4000 }])
  })

  it('is the silence of one messenger and the delivery of the next', () => {
    const counts = counted([
      ...attempt(1, 1),
      60,
      { type: 'woken' },
      ...attempt(2, 3),
      2,
      receipt(2, 'delivered'),
    ])
    expect(results(counts)).toEqual([
      [1, 'fell_through'],
      [3, 'delivered'],
    ])
    expect(counts.times.map(({ ms }) => ms)).toEqual([2000])
  })

  it('tells an existing chat that settled it', () => {
    const existing = { chatId: 5, connectionId: 1, messenger: 'whatsapp' }
    const accepted: RunEvent = { type: 'part_accepted', attempt: 0, part: 0, messageId: 'm0' }
    const counts = counted([...SEND, accepted, 1, receipt(0, 'read')], { existing })
    expect(counts.run).toEqual({ isDelivered: true, byExistingChat: true })
  })

  it('has errors, refusals and chats that could not be created as failed', () => {
    const refused: RunEvent = { type: 'chat_refused', error: { scope: 'other', code: 'rejected' } }
    const counts = counted([
      { type: 'connection_picked', connectionId: 1 },
      refused,
      ...attempt(1, 3),
      receipt(1, 'error'),
    ])
    expect(counts.run).toEqual({ isDelivered: false, byExistingChat: false })
    expect(results(counts)).toEqual([
      [1, 'failed'],
      [3, 'failed'],
    ])
  })

  it('has a send of which nobody knows as unknown', () => {
    const counts = counted([
      ...attempt(1, 1).slice(0, 3),
      { type: 'part_unknown', attempt: 1, part: 0 },
      60,
      { type: 'woken' },
      { type: 'read_back' },
      ...attempt(2, 3),
      receipt(2, 'delivered'),
    ])
    expect(results(counts)).toEqual([
      [1, 'unknown'],
      [3, 'delivered'],
    ])
  })

  it('counts a delivery after the end as late, once, and its time with the others', () => {
    const counts = counted([
      ...attempt(1, 1),
      60,
      { type: 'woken' },
      ...attempt(2, 3),
      receipt(2, 'delivered'),
      30,
      receipt(1, 'delivered'),
      receipt(1, 'read'),
      receipt(2, 'read'),
    ])
    expect(results(counts)).toEqual([
      [1, 'fell_through'],
      [3, 'delivered'],
      [1, 'late'],
    ])
    expect(counts.times.map(({ ms }) => ms)).toEqual([0, 90_000])
  })

  it('does not count what still waited when an earlier attempt delivered', () => {
    const counts = counted([
      ...attempt(1, 1),
      60,
      { type: 'woken' },
      ...attempt(2, 3),
      1,
      receipt(1, 'delivered'),
    ])
    expect(results(counts)).toEqual([
      [1, 'delivered'],
      [3, 'superseded'],
    ])
  })

  it('where acceptance is enough knows no time until the delivery, which is not late', () => {
    const counts = counted([...attempt(1, 1), 5, receipt(1, 'delivered')], { success: 'accepted' })
    expect(results(counts)).toEqual([[1, 'delivered']])
    expect(counts.times.map(({ ms }) => ms)).toEqual([5000])
  })

  it('is nothing for a step that settles nothing', () => {
    const run = newRun({
      id: 'r',
      now: 0,
      lifetimeSeconds: 1,
      hasReturnUrl: false,
      writesNote: false,
    })
    expect(countsOf(run, run, [], 0)).toBeNull()
  })
})

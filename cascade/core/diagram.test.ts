import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from './decide.ts'
import type { RunEvent } from './events.ts'
import { newRun, type Gathered, type Run } from './run.ts'

/** The state diagram in ARCHITECTURE.md shows the code's transitions: all of them, and no others. */
const SOURCE = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8')
const drawn = new Set(
  [...SOURCE.matchAll(/^ {2}(\w+) --> (\w+):/gmu)]
    .map(([, from, to]) => [from, to] as const)
    .filter(([from, to]) => from !== to)
    .map(edge => edge.join(' --> ')),
)

const number = fc.constantFrom(0, 1, 2)
const error = fc.record({
  scope: fc.constantFrom('connection', 'other'),
  code: fc.constant('rejected' as const),
})
const gathered: fc.Arbitrary<Gathered> = fc.record({
  contactId: fc.constant(7),
  contactName: fc.constant('Lucía'),
  leadName: fc.constant(''),
  phones: fc.constant(['+34612770315']),
  usernames: fc.constant([]),
  parts: fc.constantFrom(
    [{ kind: 'text' as const, text: 'a' }],
    [
      { kind: 'text' as const, text: 'a' },
      { kind: 'text' as const, text: 'b' },
    ],
  ),
  warnings: fc.constant([]),
  existingChat: fc.constantFrom<Gathered['existingChat']>(null, 'syncing', {
    chatId: 0,
    connectionId: 0,
    messenger: 'alpha',
  }),
  steps: fc.array(
    fc.record({
      messenger: fc.constantFrom('alpha', 'beta'),
      isOn: fc.boolean(),
      waitSeconds: fc.constant(60),
      success: fc.constantFrom('delivered', 'accepted'),
      canWriteFirst: fc.constant(true),
      newChatBy: fc.constant(['phone' as const]),
    }),
    { maxLength: 3 },
  ),
})
const part = { attempt: number, part: fc.constantFrom(0, 1) }
const event: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.record({ type: fc.constant('gathered' as const), gathered }),
  fc.constantFrom<RunEvent>(
    { type: 'started' },
    { type: 'restarted' },
    { type: 'woken' },
    { type: 'gathering_failed', reason: 'no_address' },
    { type: 'no_connection', reason: 'none_ticked' },
    { type: 'chat_free' },
    { type: 'chat_busy' },
    { type: 'contact_erased' },
    { type: 'disconnected' },
    { type: 'texts_expired' },
    { type: 'read_back' },
    { type: 'continue_asked_again' },
    { type: 'note_claimed' },
    { type: 'put_off', cause: 'unavailable', retryAfterMs: null },
  ),
  fc.record({ type: fc.constant('connection_picked' as const), connectionId: number }),
  fc.record({ type: fc.constant('chat_created' as const), chatId: number }),
  fc.record({ type: fc.constant('chat_refused' as const), error }),
  fc.record({
    type: fc.constant('part_accepted' as const),
    ...part,
    messageId: fc.constantFrom('m0', 'm1', 'm2', 'm3'),
  }),
  fc.record({ type: fc.constant('part_rejected' as const), ...part, error }),
  fc.record({ type: fc.constant('part_unknown' as const), ...part }),
  fc.record({
    type: fc.constant('receipt' as const),
    messageId: fc.constantFrom('m0', 'm1', 'm2', 'm3'),
    status: fc.constantFrom('delivered', 'read', 'error'),
  }),
  fc.record({
    type: fc.constant('echo' as const),
    chatId: number,
    messageId: fc.constantFrom('m4', 'm5'),
    kind: fc.constant('text'),
    text: fc.constantFrom('a', 'b'),
    createdAt: fc.constant(1e6),
  }),
  fc.record({
    type: fc.constant('reply' as const),
    chatId: number,
    createdAt: fc.constantFrom(0, 1e9),
  }),
  fc.record({
    type: fc.constant('continued' as const),
    result: fc.constantFrom('accepted', 'gone', 'refused', 'held', 'failed'),
  }),
)

/** A run that nobody can change: `decide` is pure. */
function frozen<T>(value: T): T {
  if (value === null || typeof value !== 'object') return value
  Object.values(value).forEach(frozen)
  return Object.freeze(value)
}

/** What usually comes next, so that random histories get far. */
function usual(run: Run): RunEvent {
  const { phase } = run
  const attempt = run.attempts.at(-1)?.number ?? 0
  switch (phase.name) {
    case 'choosing':
      return { type: 'connection_picked', connectionId: 1 }
    case 'creating_chat':
      return { type: 'chat_created', chatId: 1 }
    case 'queueing':
      return { type: 'chat_free' }
    case 'sending':
      return { type: 'part_accepted', attempt, part: phase.part, messageId: `m${attempt}` }
    default:
      return { type: 'woken' }
  }
}

describe('the state diagram', () => {
  it('shows every transition of `decide`, and no other; no event makes it throw', () => {
    const seen = new Set<string>()
    const steps = fc.array(
      fc.tuple(fc.option(event, { freq: 2 }), fc.constantFrom(0, 0, 10, 61_000, 4_000_000)),
      {
        maxLength: 40,
      },
    )
    fc.assert(
      fc.property(gathered, steps, (first, all) => {
        let run = newRun({
          id: 'r',
          now: 0,
          lifetimeSeconds: 3600,
          hasReturnUrl: true,
          writesNote: true,
        })
        let now = 0
        const start: [RunEvent | null, number] = [{ type: 'gathered', gathered: first }, 0]
        for (const [next, after] of [...(all.length % 5 === 0 ? [] : [start]), ...all]) {
          now += after
          const before = run.phase.name
          run = decide(frozen(run), next ?? usual(run), now).run
          if (run.phase.name !== before) seen.add(`${before} --> ${run.phase.name}`)
        }
      }),
      { numRuns: 20_000, seed: 7 },
    )
    expect([...seen].toSorted()).toEqual([...drawn].toSorted())
  })
})

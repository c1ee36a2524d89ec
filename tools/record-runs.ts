import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { decide } from '../cascade/core/decide.ts'
import type { RunEvent } from '../cascade/core/events.ts'
import { newRun, type Gathered, type Run } from '../cascade/core/run.ts'

/**
 * `node tools/record-runs.ts <name>`: writes down how this version stores runs, for later versions to be tested with
 * (`cascade/core/recorded.test.ts`). To be called when a release changes what a run's state holds.
 */
const SECOND = 1000
const gathered = (change: Partial<Gathered> = {}): Gathered => ({
  contactId: 7,
  contactName: 'Lucía',
  leadName: 'Roses',
  phones: ['+34600000001'],
  usernames: [],
  parts: [{ kind: 'text', text: 'Hello' }],
  warnings: [],
  existingChat: null,
  steps: ['whatsapp', 'telegram_personal'].map(messenger => ({
    messenger,
    isOn: true,
    waitSeconds: 60,
    success: 'delivered',
    canWriteFirst: true,
    newChatBy: ['phone'],
  })),
  ...change,
})
const file = {
  kind: 'file',
  fileId: 'f',
  name: 'prices.pdf',
  size: 9,
  caption: '',
} as const

type Step = [atSeconds: number, event: RunEvent]
const begun = (change?: Partial<Gathered>): Step => [
  1,
  { type: 'gathered', gathered: gathered(change) },
]
const chosen = (at: number, connectionId: number): Step[] => [
  [at, { type: 'connection_picked', connectionId }],
  [at, { type: 'chat_created', chatId: connectionId * 10, isNew: true }],
  [at, { type: 'chat_free' }],
]
const accepted = (at: number, attempt: number, part = 0): Step => [
  at,
  { type: 'part_accepted', attempt, part, messageId: `m${attempt}${part}` },
]
const receipt = (at: number, messageId: string, status: 'delivered' | 'error'): Step => [
  at,
  { type: 'receipt', messageId, status },
]
const over = (at: number): Step[] => [
  [at, { type: 'note_claimed' }],
  [at, { type: 'continued', result: 'accepted' }],
]

const RUNS: Record<string, Step[]> = {
  'delivered by the first messenger': [
    begun(),
    ...chosen(1, 1),
    accepted(2, 1),
    receipt(3, 'm10', 'delivered'),
    ...over(3),
  ],
  'silent, then delivered by the second': [
    begun(),
    ...chosen(1, 1),
    accepted(2, 1),
    [62, { type: 'woken' }],
    ...chosen(62, 2),
    accepted(63, 2),
    receipt(64, 'm20', 'delivered'),
    ...over(64),
  ],
  'late news of the first while the second waits': [
    begun(),
    ...chosen(1, 1),
    accepted(2, 1),
    [62, { type: 'woken' }],
    ...chosen(62, 2),
    accepted(63, 2),
    receipt(70, 'm10', 'delivered'),
    ...over(70),
  ],
  'a send that may have happened, looked for in vain': [
    begun(),
    ...chosen(1, 1),
    [11, { type: 'part_unknown', attempt: 1, part: 0 }],
    [71, { type: 'woken' }],
    [72, { type: 'read_back' }],
    ...chosen(72, 2),
    accepted(73, 2),
    receipt(74, 'm20', 'delivered'),
    ...over(74),
  ],
  'two parts into an existing chat, the second refused': [
    begun({
      parts: [{ kind: 'text', text: 'Hello' }, file],
      existingChat: { chatId: 5, connectionId: 9, messenger: 'max_personal' },
    }),
    [1, { type: 'chat_busy' }],
    [2, { type: 'chat_free' }],
    accepted(3, 0, 0),
    [
      4,
      { type: 'part_rejected', attempt: 0, part: 1, error: { scope: 'other', code: 'rejected' } },
    ],
    ...chosen(4, 1),
    accepted(5, 1, 0),
    accepted(6, 1, 1),
    receipt(7, 'm10', 'delivered'),
    receipt(8, 'm11', 'delivered'),
    ...over(8),
  ],
  'put off, taken over, and delivered by nobody': [
    begun(),
    [1, { type: 'connection_picked', connectionId: 1 }],
    [2, { type: 'put_off', cause: 'busy', retryAfterMs: 3 * SECOND }],
    [5, { type: 'woken' }],
    [6, { type: 'chat_created', chatId: 10 }],
    [6, { type: 'chat_free' }],
    [18, { type: 'taken_over' }],
    [78, { type: 'woken' }],
    [79, { type: 'read_back' }],
    [79, { type: 'connection_picked', connectionId: 2 }],
    [80, { type: 'chat_refused', error: { scope: 'other', code: 'rejected' } }],
    ...over(81),
  ],
  'nobody to write to': [[1, { type: 'gathering_failed', reason: 'no_contact' }], ...over(1)],
}

function record(name: string, steps: readonly Step[]) {
  const started: Run = newRun({
    id: name,
    now: 0,
    lifetimeSeconds: 3600,
    hasReturnUrl: true,
    writesNote: true,
  })
  let run = started
  return {
    started,
    steps: steps.map(([atSeconds, event]) => {
      const at = atSeconds * SECOND
      run = decide(run, event, at).run
      return { at, event, state: run }
    }),
  }
}

const name = process.argv[2]
if (name === undefined) throw new Error('Usage: node tools/record-runs.ts <year-month-version>')
const target = path.resolve(import.meta.dirname, `../cascade/core/recorded/${name}.json`)
if (existsSync(target)) throw new Error(`${target} is there, and is never changed`)
const recorded = Object.fromEntries(
  Object.entries(RUNS).map(([what, steps]) => [what, record(what, steps)]),
)
writeFileSync(target, `${JSON.stringify(recorded)}\n`)

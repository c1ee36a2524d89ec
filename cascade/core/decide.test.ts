import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandsOf, decide, RESTART_GRACE_MS, wakeAtOf } from './decide.ts'
import type { RunEvent } from './events.ts'
import type { HistoryEntry } from '../../contracts/history.ts'
import { newRun, type Gathered, type Run, type Step } from './run.ts'

const STEP: Step = {
  messenger: 'whatsapp',
  isOn: true,
  waitSeconds: 60,
  success: 'delivered',
  canWriteFirst: true,
  newChatBy: ['phone'],
}
const GATHERED: Gathered = {
  contactId: 7,
  contactName: 'Lucía',
  leadName: '',
  phones: ['+34612770315'],
  usernames: [],
  parts: [{ kind: 'text', text: 'Hello' }],
  warnings: [],
  existingChat: null,
  steps: [
    STEP,
    { ...STEP, messenger: 'telegram_personal' },
    { ...STEP, messenger: 'max_personal' },
  ],
}

/** A run that is told events, one after the other, on a clock that only the test moves. */
class Told {
  run: Run = newRun({
    id: 'r1',
    now: 0,
    lifetimeSeconds: 3600,
    hasReturnUrl: true,
    writesNote: true,
  })
  commands = commandsOf(this.run, 0)
  readonly history: HistoryEntry[] = []
  now = 0

  tell(...events: RunEvent[]): this {
    for (const event of events) {
      const decision = decide(this.run, event, this.now)
      this.run = decision.run
      this.commands = decision.commands
      this.history.push(...decision.history)
    }
    return this
  }

  at(now: number): this {
    this.now = now
    return this
  }

  /** Told everything up to the wait of the first attempt, which was accepted now. */
  waiting(gathered: Gathered = GATHERED): this {
    return this.tell({ type: 'gathered', gathered }).attempt(1, 'm1')
  }

  /** Picks a connection, creates the chat, sends every part. */
  attempt(number: number, messageId: string): this {
    return this.tell(
      { type: 'connection_picked', connectionId: number },
      { type: 'chat_created', chatId: 100 + number },
      { type: 'chat_free' },
      { type: 'part_accepted', attempt: number, part: 0, messageId },
    )
  }
}

const delivered = (messageId: string): RunEvent => ({
  type: 'receipt',
  messageId,
  status: 'delivered',
})
const failed = (messageId: string): RunEvent => ({ type: 'receipt', messageId, status: 'error' })
const outcomeOf = (run: Run) => (run.phase.name === 'ended' ? run.phase.outcome : null)

describe('the cascade', () => {
  it('asks for a connection of the first messenger when there is no chat', () => {
    const told = new Told().tell({ type: 'gathered', gathered: GATHERED })
    expect(told.commands).toEqual([{ type: 'pick_connection', messenger: 'whatsapp', except: [] }])
  })

  it('ends with the first delivery, and then continues the bot and writes the note', () => {
    const told = new Told().waiting().tell(delivered('m1'))
    expect(outcomeOf(told.run)).toEqual({
      kind: 'delivered',
      attempt: 1,
      messenger: 'whatsapp',
      by: 'receipt',
    })
    expect(told.commands).toEqual([{ type: 'continue_bot' }, { type: 'write_note' }])
  })

  it('goes on at once when the messenger reports an error', () => {
    const told = new Told().waiting().tell(failed('m1'))
    expect(told.commands).toEqual([
      { type: 'pick_connection', messenger: 'telegram_personal', except: [] },
    ])
  })

  it('goes on when the wait is over, and not before', () => {
    const told = new Told().waiting().at(59_999).tell({ type: 'woken' })
    expect(told.run.phase.name).toBe('waiting')
    told.at(60_000).tell({ type: 'woken' })
    expect(told.run.phase).toMatchObject({ name: 'choosing', step: 1 })
  })

  it('ends as not delivered after the last messenger', () => {
    const told = new Told().waiting().tell(failed('m1')).attempt(2, 'm2').tell(failed('m2'))
    told.attempt(3, 'm3').tell(failed('m3'))
    expect(outcomeOf(told.run)).toEqual({ kind: 'not_delivered', reason: 'nobody_delivered' })
  })

  it('skips, with its reason, what is off, cannot write first, or has no address', () => {
    const steps: Step[] = [
      { ...STEP, isOn: false },
      { ...STEP, messenger: 'waba', canWriteFirst: false },
      { ...STEP, messenger: 'telegram_personal', newChatBy: ['username'] },
      { ...STEP, messenger: 'max_personal', fileMaxBytes: 10 },
    ]
    const parts: Gathered['parts'] = [
      { kind: 'file', fileId: 'f', name: 'a', size: 11, caption: '' },
    ]
    const told = new Told().tell({ type: 'gathered', gathered: { ...GATHERED, steps, parts } })
    expect(
      told.history.filter(entry => entry.type === 'messenger_skipped').map(entry => entry.reason),
    ).toEqual(['off', 'cannot_write_first', 'no_address', 'file_too_large'])
    expect(outcomeOf(told.run)).toEqual({ kind: 'not_delivered', reason: 'no_messenger' })
  })
})

describe('an existing chat', () => {
  const existingChat = { chatId: 7, connectionId: 3, messenger: 'telegram_personal' }

  it('gets the message first, as attempt 0', () => {
    const told = new Told().tell({ type: 'gathered', gathered: { ...GATHERED, existingChat } })
    expect(told.commands).toEqual([{ type: 'queue_for_chat', chatId: 7 }])
    expect(told.tell({ type: 'chat_free' }).commands).toEqual([
      { type: 'send_part', attempt: 0, part: 0 },
    ])
  })

  it('counts as its messenger’s attempt', () => {
    const told = new Told().tell({ type: 'gathered', gathered: { ...GATHERED, existingChat } })
    told.tell(
      { type: 'chat_free' },
      { type: 'part_accepted', attempt: 0, part: 0, messageId: 'm0' },
      failed('m0'),
    )
    told.attempt(1, 'm1').tell(failed('m1'))
    expect(told.run.phase).toMatchObject({ name: 'choosing', step: 2 })
  })

  it('does not, when the error was the connection’s own', () => {
    const told = new Told().tell({ type: 'gathered', gathered: { ...GATHERED, existingChat } })
    const error = { scope: 'connection', code: 'connection_logged_out' } as const
    told.tell({ type: 'chat_free' }, { type: 'part_rejected', attempt: 0, part: 0, error })
    told.attempt(1, 'm1').tell(failed('m1'))
    expect(told.run.phase).toMatchObject({ name: 'choosing', step: 1 })
  })

  it('is passed over, with that reason, while the index is not complete', () => {
    const told = new Told().tell({
      type: 'gathered',
      gathered: { ...GATHERED, existingChat: 'syncing' },
    })
    expect(told.history).toContainEqual({ type: 'existing_chat_none', reason: 'syncing' })
    expect(told.run.phase.name).toBe('choosing')
  })
})

describe('errors of a connection', () => {
  const error = { scope: 'connection', code: 'connection_unpaid' } as const

  it('lead to two further connections of the same messenger, then to the next messenger', () => {
    const told = new Told().tell({ type: 'gathered', gathered: GATHERED })
    for (const connectionId of [1, 2, 3]) {
      expect(told.run.phase).toMatchObject({ name: 'choosing', step: 0 })
      told.tell({ type: 'connection_picked', connectionId }, { type: 'chat_refused', error })
    }
    expect(told.run.phase).toMatchObject({ name: 'choosing', step: 1, tried: [] })
  })

  it('differ from all others, which lead to the next messenger', () => {
    const other = { scope: 'other', code: 'rejected' } as const
    const told = new Told().tell({ type: 'gathered', gathered: GATHERED })
    told.tell(
      { type: 'connection_picked', connectionId: 1 },
      { type: 'chat_refused', error: other },
    )
    expect(told.run.phase).toMatchObject({ name: 'choosing', step: 1 })
  })
})

describe('a chat that cannot be created for want of an answer', () => {
  const told = () =>
    new Told().tell(
      { type: 'gathered', gathered: GATHERED },
      { type: 'connection_picked', connectionId: 1 },
    )

  it('is tried three times, then the next messenger', () => {
    const run = told()
    for (const expected of ['creating_chat', 'creating_chat', 'choosing']) {
      run.tell({ type: 'put_off', cause: 'unavailable', retryAfterMs: null })
      expect(run.run.phase.name).toBe(expected)
      run.at(wakeAtOf(run.run) ?? run.now).tell({ type: 'woken' })
    }
    expect(run.run.phase).toMatchObject({ step: 1 })
  })

  it('waits as long as the run lives when there were only too many requests', () => {
    const run = told()
    for (let tries = 0; tries < 10; tries++) {
      run.tell({ type: 'put_off', cause: 'busy', retryAfterMs: 1000 })
      run.at(wakeAtOf(run.run) ?? 0).tell({ type: 'woken' })
      expect(run.commands).toMatchObject([{ type: 'create_chat' }])
    }
  })
})

describe('the removal of the integration', () => {
  it('ends a run without another message and without a note, from any state', () => {
    const told = new Told().waiting().tell({ type: 'disconnected' })
    expect(outcomeOf(told.run)).toEqual({ kind: 'not_delivered', reason: 'kommo_disconnected' })
    expect(told.commands).toEqual([{ type: 'continue_bot' }])
    // A delivery that comes yet is late news, and changes nothing.
    expect(outcomeOf(told.tell(delivered('m1')).run)).toEqual({
      kind: 'not_delivered',
      reason: 'kommo_disconnected',
    })
    expect(outcomeOf(new Told().tell({ type: 'disconnected' }).run)).not.toBeNull()
  })
})

describe('the queue for a chat', () => {
  it('is joined again when joining it failed', () => {
    const told = new Told().tell(
      { type: 'gathered', gathered: GATHERED },
      { type: 'connection_picked', connectionId: 1 },
      { type: 'chat_created', chatId: 101 },
      { type: 'put_off', cause: 'unavailable', retryAfterMs: null },
    )
    told.at(wakeAtOf(told.run) ?? 0).tell({ type: 'woken' })
    expect(told.commands).toEqual([{ type: 'queue_for_chat', chatId: 101 }])
  })
})

describe('late news', () => {
  it('of an earlier attempt ends the run while a later one waits', () => {
    const told = new Told()
      .waiting()
      .at(60_000)
      .tell({ type: 'woken' })
      .attempt(2, 'm2')
      .tell(delivered('m1'))
    expect(outcomeOf(told.run)).toMatchObject({ attempt: 1, messenger: 'whatsapp' })
  })

  it('after the end is recorded and changes nothing', () => {
    const told = new Told()
      .waiting()
      .tell(failed('m1'))
      .attempt(2, 'm2')
      .tell(delivered('m2'), delivered('m1'))
    expect(outcomeOf(told.run)).toMatchObject({ attempt: 2 })
    expect(told.history.at(-1)).toEqual({ type: 'late', attempt: 1, status: 'delivered' })
  })

  it('S10 leads to the same state in whatever order receipts come, and however often', () => {
    const twice = ['delivered', 'delivered', 'read', 'read', 'error', 'error'] as const
    fc.assert(
      fc.property(fc.shuffledSubarray([...twice], { minLength: 1 }), order => {
        const told = new Told().waiting()
        for (const status of order) told.tell({ type: 'receipt', messageId: 'm1', status })
        const highest = (['read', 'delivered', 'error'] as const).find(one => order.includes(one))
        expect(told.run.attempts[0]?.parts[0]?.status).toBe(highest)
        const hasArrived = highest !== 'error'
        const outcome = hasArrived ? { kind: 'delivered', attempt: 1 } : null
        if (outcome) expect(outcomeOf(told.run)).toMatchObject(outcome)
        else expect(told.run.phase.name).toBe('choosing')
      }),
    )
  })

  it('may be a reply: who answers has the message', () => {
    const told = new Told().waiting().tell({ type: 'reply', chatId: 101, createdAt: 1000 })
    expect(outcomeOf(told.run)).toMatchObject({ kind: 'delivered', by: 'reply' })
  })

  it('is no reply when it was written before our message', () => {
    const told = new Told()
      .at(100_000)
      .waiting()
      .tell({ type: 'reply', chatId: 101, createdAt: 1000 })
    expect(told.run.phase.name).toBe('waiting')
  })
})

describe('a send that may have happened', () => {
  const started = () =>
    new Told().tell(
      { type: 'gathered', gathered: GATHERED },
      { type: 'connection_picked', connectionId: 1 },
      { type: 'chat_created', chatId: 101 },
      { type: 'chat_free' },
    )

  it('is not repeated after a restart: it is unknown and waits', () => {
    const told = started().tell({ type: 'restarted' })
    expect(told.run.attempts[0]?.parts[0]?.status).toBe('unknown')
    expect(told.commands).toEqual([])
    expect(wakeAtOf(told.run)).toBe(60_000)
  })

  it('is settled by its echo, and then by its receipt', () => {
    const told = started().tell({ type: 'part_unknown', attempt: 1, part: 0 })
    told.tell({
      type: 'echo',
      chatId: 101,
      messageId: 'm9',
      kind: 'text',
      text: 'Hello',
      createdAt: 10,
    })
    told.tell(delivered('m9'))
    expect(outcomeOf(told.run)).toMatchObject({ kind: 'delivered', attempt: 1 })
  })

  it('is not settled by another content or another chat', () => {
    const told = started().tell({ type: 'part_unknown', attempt: 1, part: 0 })
    told.tell({
      type: 'echo',
      chatId: 101,
      messageId: 'm9',
      kind: 'text',
      text: 'Bye',
      createdAt: 10,
    })
    told.tell({
      type: 'echo',
      chatId: 999,
      messageId: 'm9',
      kind: 'text',
      text: 'Hello',
      createdAt: 10,
    })
    expect(told.run.attempts[0]?.parts[0]?.status).toBe('unknown')
  })

  it('is looked for in the chat at the deadline, and without evidence the next messenger comes', () => {
    const told = started().tell({ type: 'part_unknown', attempt: 1, part: 0 })
    told.at(60_000).tell({ type: 'woken' })
    expect(told.commands).toEqual([{ type: 'read_back', attempt: 1 }])
    told.tell({ type: 'read_back' })
    expect(told.history).toContainEqual({ type: 'attempt_failed', attempt: 1, reason: 'unknown' })
    expect(told.run.phase).toMatchObject({ name: 'choosing', step: 1 })
  })

  it('is known by an echo that came before its answer was lost', () => {
    const told = started()
    told.tell({
      type: 'echo',
      chatId: 101,
      messageId: 'm9',
      kind: 'text',
      text: 'Hello',
      createdAt: 10,
    })
    expect(told.run.phase.name).toBe('sending')
    told.tell({ type: 'part_unknown', attempt: 1, part: 0 })
    expect(told.run.attempts[0]?.parts[0]).toMatchObject({ status: 'accepted', messageId: 'm9' })
    expect(outcomeOf(told.tell(delivered('m9')).run)).toMatchObject({ kind: 'delivered' })
  })

  it('is certain not to have happened when it was put off by 429', () => {
    const told = started().tell(
      { type: 'put_off', cause: 'busy', retryAfterMs: 2000 },
      { type: 'restarted' },
    )
    expect(told.run.attempts[0]?.parts[0]?.status).toBe('sending')
    // Also when the restart comes at that very moment, the wake-up alone sends.
    expect(told.at(2000).tell({ type: 'restarted' }).commands).toEqual([])
    expect(told.at(2000).tell({ type: 'woken' }).commands).toEqual([
      { type: 'send_part', attempt: 1, part: 0 },
    ])
  })
})

describe('several parts', () => {
  const parts: Gathered['parts'] = [
    { kind: 'text', text: 'Hello' },
    { kind: 'file', fileId: 'f', name: 'a.pdf', size: 10, caption: '' },
  ]
  const both = () =>
    new Told()
      .waiting({ ...GATHERED, parts })
      .at(5000)
      .tell({ type: 'part_accepted', attempt: 1, part: 1, messageId: 'm1b' })

  it('go one after the other, and the wait counts from the last acceptance', () => {
    const told = new Told().waiting({ ...GATHERED, parts })
    expect(told.commands).toEqual([{ type: 'send_part', attempt: 1, part: 1 }])
    expect(wakeAtOf(both().run)).toBe(65_000)
  })

  it('succeed together', () => {
    const told = both().tell(delivered('m1'))
    expect(told.run.phase.name).toBe('waiting')
    expect(outcomeOf(told.tell(delivered('m1b')).run)).toMatchObject({ kind: 'delivered' })
  })

  it('of which one arrived and one failed are partial, and the next messenger sends everything', () => {
    const told = both().tell(delivered('m1'), failed('m1b'))
    expect(told.history).toContainEqual({ type: 'attempt_failed', attempt: 1, reason: 'partial' })
    told.tell({ type: 'connection_picked', connectionId: 2 }, { type: 'chat_created', chatId: 102 })
    told.tell({ type: 'chat_free' })
    expect(told.commands).toEqual([{ type: 'send_part', attempt: 2, part: 0 }])
  })
})

describe('time', () => {
  it('keeps the deadline over a restart, but for the grace', () => {
    const early = new Told().waiting().at(20_000).tell({ type: 'restarted' })
    expect(wakeAtOf(early.run)).toBe(60_000)
    const late = new Told().waiting().at(300_000).tell({ type: 'restarted' })
    expect(wakeAtOf(late.run)).toBe(300_000 + RESTART_GRACE_MS)
  })

  it('starts no attempt later than the lifetime', () => {
    const told = new Told().waiting().at(3_600_001).tell({ type: 'woken' })
    expect(outcomeOf(told.run)).toEqual({ kind: 'not_delivered', reason: 'too_late' })
  })
})

describe('continue', () => {
  it('is tried again after a failure, for a day', () => {
    const told = new Told().waiting().tell(delivered('m1'), { type: 'continued', result: 'failed' })
    expect(told.run.continuation).toEqual({ state: 'pending', tries: 1 })
    expect(told.at(wakeAtOf(told.run) ?? 0).tell({ type: 'woken' }).commands).toContainEqual({
      type: 'continue_bot',
    })
    told.at(25 * 3600_000).tell({ type: 'continued', result: 'failed' })
    expect(told.run.continuation).toEqual({ state: 'settled', as: 'given_up' })
  })

  it('is final when the bot has gone, and held until the account is connected again', () => {
    const ended = () => new Told().waiting().tell(delivered('m1'))
    const gone = ended().tell({ type: 'continued', result: 'gone' })
    expect(gone.run.continuation).toEqual({ state: 'settled', as: 'gone' })
    const held = ended().tell({ type: 'continued', result: 'held' })
    expect(held.run.continuation.state).toBe('held')
    expect(held.tell({ type: 'continue_asked_again' }).commands).toContainEqual({
      type: 'continue_bot',
    })
  })

  it('is not asked for by a run that has no return URL', () => {
    const run = newRun({
      id: 'r',
      now: 0,
      lifetimeSeconds: 60,
      hasReturnUrl: false,
      writesNote: false,
    })
    const { commands } = decide(run, { type: 'gathering_failed', reason: 'no_address' }, 0)
    expect(commands).toEqual([])
  })
})

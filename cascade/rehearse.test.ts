import { describe, expect, it } from 'vitest'
import type { Connection } from '../storage/cascades.ts'
import type { Gathered, Step } from './core/run.ts'
import { rehearse } from './rehearse.ts'

const NOW = 1_000_000
const step = (messenger: string, more: Partial<Step> = {}): Step => ({
  messenger,
  isOn: true,
  waitSeconds: 60,
  success: 'delivered',
  canWriteFirst: true,
  newChatBy: ['phone'],
  ...more,
})
const gathered = (steps: Step[], more: Partial<Gathered> = {}): Gathered => ({
  contactId: 7,
  contactName: 'Lucía',
  leadName: '',
  phones: ['+34612770315'],
  usernames: [],
  parts: [{ kind: 'text', text: 'Hello' }],
  warnings: [],
  existingChat: null,
  steps,
  ...more,
})
const connection = (connectionId: number, messenger: string, more: Partial<Connection> = {}) => ({
  connectionId,
  messenger,
  name: `#${connectionId}`,
  state: 'in_subscription' as const,
  ticked: true,
  isNew: false,
  webhookId: null,
  lastTurn: 0,
  restingUntil: null,
  rests: 0,
  newChatsMax: null,
  newChats: null,
  ...more,
})
const rehearsed = (of: Gathered, connections: Connection[]) =>
  rehearse({ type: 'gathered', gathered: of }, connections, { now: NOW, lifetimeSeconds: 3600 })

describe('a rehearsal', () => {
  it('goes through every messenger by the real rules, at the times of its waits', () => {
    const all = [connection(1, 'whatsapp'), connection(3, 'telegram_personal')]
    const history = rehearsed(gathered([step('whatsapp'), step('telegram_personal')]), all)
    const attempts = history.filter(({ entry }) => entry.type === 'attempt_started')
    expect(
      attempts.map(({ at, entry }) => [at - NOW, 'connectionId' in entry && entry.connectionId]),
    ).toEqual([
      [0, 1],
      [60_000, 3],
    ])
    expect(history.at(-1)).toEqual({
      at: NOW + 120_000,
      entry: { type: 'ended', outcome: 'not_delivered', reason: 'nobody_delivered' },
    })
  })

  it('shows each skip with its reason', () => {
    const steps = [
      step('a', { isOn: false }),
      step('b', { newChatBy: ['username'] }),
      step('c'),
      step('d'),
    ]
    const all = [connection(1, 'd', { state: 'unpaid' }), connection(2, 'd', { ticked: false })]
    const skips = rehearsed(gathered(steps), all).flatMap(({ entry }) =>
      entry.type === 'messenger_skipped' ? [[entry.messenger, entry.reason]] : [],
    )
    expect(skips).toEqual([
      ['a', 'off'],
      ['b', 'no_address'],
      ['c', 'none_ticked'],
      ['d', 'none_can_send'],
    ])
  })

  it('begins with the existing chat', () => {
    const existingChat = { chatId: 5, connectionId: 1, messenger: 'whatsapp' }
    const [, , third] = rehearsed(gathered([step('whatsapp')], { existingChat }), [
      connection(1, 'whatsapp'),
    ])
    expect(third?.entry).toEqual({ type: 'existing_chat_found', ...existingChat })
  })

  it('says why nothing could be sent at all', () => {
    const failed = { type: 'gathering_failed', reason: 'no_address' } as const
    const history = rehearse(failed, [], { now: NOW, lifetimeSeconds: 3600 })
    expect(history.map(({ entry }) => entry)).toEqual([
      { type: 'started' },
      { type: 'ended', outcome: 'not_delivered', reason: 'no_address' },
    ])
  })

  it('changes nobody’s turn', () => {
    const all = [connection(1, 'whatsapp'), connection(2, 'whatsapp', { lastTurn: 1 })]
    const before = structuredClone(all)
    rehearsed(gathered([step('whatsapp')]), all)
    expect(all).toEqual(before)
  })
})

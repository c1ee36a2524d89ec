import { describe, expect, it } from 'vitest'
import type { Timeline } from '../../../contracts/activity.ts'
import type { HistoryEntry } from '../../../contracts/history.ts'
import { timelineItems } from './timeline-items.ts'

const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 10, 24, second)).toISOString()

function timeline(history: readonly HistoryEntry[], more: Partial<Timeline> = {}): Timeline {
  return {
    phones: ['+34612770315'],
    usernames: [],
    parts: [{ kind: 'text', text: 'Hello' }],
    warnings: [],
    steps: [],
    connections: [{ connectionId: 1, name: '+34 612 40 18 22' }],
    history: history.map((entry, second) => ({ at: at(second), entry })),
    ...more,
  }
}
const WHATSAPP = { messenger: 'whatsapp', connectionId: 1 }
const keys = (facts: Timeline) =>
  timelineItems(facts).map(item => [
    item.tone,
    item.title.key,
    ...item.lines.map(one => one.text.key),
  ])

describe('a timeline', () => {
  it('puts what belongs to an attempt under it, also what came before and after', () => {
    const facts = timeline([
      { type: 'started' },
      { type: 'existing_chat_none', reason: 'not_found' },
      { type: 'connection_picked', ...WHATSAPP },
      { type: 'chat_created', ...WHATSAPP, by: 'phone' },
      { type: 'attempt_started', attempt: 1, ...WHATSAPP },
      { type: 'part_accepted', attempt: 1, part: 0 },
      { type: 'waiting', attempt: 1, deadlineAt: Date.parse(at(66)) },
      { type: 'receipt', attempt: 1, part: 0, status: 'delivered' },
      { type: 'ended', outcome: 'delivered', attempt: 1, messenger: 'whatsapp' },
      { type: 'continued', result: 'accepted' },
    ])
    expect(keys(facts)).toEqual([
      ['plain', 'started'],
      ['skip', 'existing_chat_not_found'],
      [
        'ok',
        'attempt',
        'next_in_turn',
        'chat_by_phone',
        'part_accepted',
        'waiting',
        'receipt_delivered',
      ],
      ['ok', 'delivered'],
      ['plain', 'exit_delivered'],
    ])
    const attempt = timelineItems(facts)[2]
    expect(attempt?.number).toBe(1)
    expect(attempt?.title.values).toEqual({ messenger: 'WhatsApp', connection: '+34 612 40 18 22' })
    expect(attempt?.lines.find(line => line.text.key === 'waiting')?.text.seconds).toBe(60)
  })

  it('says how large a file was for a messenger that takes less', () => {
    const file = { kind: 'image', name: 'a.jpg', size: 9_000_000, caption: '', url: null } as const
    const skip = { type: 'messenger_skipped', messenger: 'waba', reason: 'file_too_large' } as const
    const [item] = timelineItems(timeline([skip], { parts: [file] }))
    expect(item?.lines[0]?.text.bytes).toEqual({ size: 9_000_000, max: 5 * 1024 * 1024 })
  })

  it('tells text and file apart only where both were sent', () => {
    const file = { kind: 'file', name: 'a.pdf', size: 1, caption: '', url: null } as const
    const history: HistoryEntry[] = [
      { type: 'attempt_started', attempt: 1, ...WHATSAPP },
      { type: 'part_accepted', attempt: 1, part: 0 },
      { type: 'part_accepted', attempt: 1, part: 1 },
    ]
    const parts: Timeline['parts'] = [{ kind: 'text', text: 'Hello' }, file]
    expect(keys(timeline(history, { parts }))[0]).toEqual([
      'wait',
      'attempt',
      'part_accepted_text',
      'part_accepted_file',
    ])
    expect(keys(timeline(history))[0]?.slice(2)).toEqual(['part_accepted', 'part_accepted'])
  })

  it('calls news of another attempt late, and that of the one that delivered not', () => {
    const history: HistoryEntry[] = [
      { type: 'attempt_started', attempt: 1, ...WHATSAPP },
      { type: 'attempt_failed', attempt: 1, reason: 'silent' },
      { type: 'attempt_started', attempt: 2, ...WHATSAPP },
      { type: 'ended', outcome: 'delivered', attempt: 2, messenger: 'whatsapp' },
      { type: 'late', attempt: 2, status: 'read' },
      { type: 'late', attempt: 1, status: 'delivered' },
    ]
    expect(keys(timeline(history)).slice(3)).toEqual([
      ['plain', 'later_read'],
      ['late', 'late_delivered', 'late_twice'],
    ])
  })

  it('of an erased run counts the addresses that it does not know any more', () => {
    const gathered = { type: 'gathered', phones: 2, usernames: 1, warnings: 0, parts: 1 } as const
    const facts = timeline([{ type: 'started' }, gathered], { phones: [] })
    expect(timelineItems(facts)[0]?.lines[0]?.text).toEqual({
      key: 'address_count',
      values: { count: 3 },
    })
  })
})

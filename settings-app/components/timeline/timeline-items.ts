import type { Timeline } from '../../../contracts/activity.ts'
import type { HistoryEntry } from '../../../contracts/history.ts'
import { messengerFacts } from '../../../contracts/messengers.ts'

/**
 * A run's history as people read it: one item for each step, with what belongs to it under it. Texts are
 * keys with their values; the component says them in the reader's language.
 */
export type TimelineText = {
  key: string
  /** Names and numbers that stand in the text as they are. */
  values?: Record<string, string | number>
  /** Lengths of time, which are written with their unit. */
  seconds?: number
  bytes?: { size: number; max: number }
  /** A moment, written as a time. */
  clockAt?: number
}
type TimelineTone = 'plain' | 'ok' | 'bad' | 'skip' | 'wait' | 'late'
export type TimelineItem = {
  at: string
  tone: TimelineTone
  /** The attempt that it is, or the messenger that is skipped. */
  number: number | null
  title: TimelineText
  lines: { at: string; text: TimelineText }[]
}

export function timelineItems(timeline: Timeline): TimelineItem[] {
  const reader = new Reader(timeline)
  for (const { at, entry } of timeline.history) reader.read(at, entry)
  return reader.items
}

class Reader {
  readonly items: TimelineItem[] = []
  private readonly timeline: Timeline
  private readonly attempts = new Map<number, TimelineItem>()
  /** What came before an attempt that belongs to it. */
  private before: TimelineItem['lines'] = []

  constructor(timeline: Timeline) {
    this.timeline = timeline
  }

  read(at: string, entry: HistoryEntry): void {
    switch (entry.type) {
      case 'started':
        this.add(at, 'plain', { key: 'started' })
        return
      case 'gathered': {
        const { phones, usernames } = this.timeline
        const addresses = [...phones, ...usernames.map(name => `@${name}`)].join(', ')
        this.line(
          this.items.at(-1),
          at,
          addresses
            ? { key: 'addresses', values: { addresses } }
            : { key: 'address_count', values: { count: entry.phones + entry.usernames } },
        )
        if (entry.warnings > 0) {
          const masks = this.timeline.warnings.map(warning => warning.mask).join(', ')
          const values = { count: entry.warnings, masks }
          this.line(this.items.at(-1), at, { key: 'empty_masks', values })
        }
        return
      }
      case 'existing_chat_found':
        this.before = [{ at, text: { key: 'existing_chat_found' } }]
        return
      case 'existing_chat_none':
        this.add(at, 'skip', { key: `existing_chat_${entry.reason}` })
        return
      case 'messenger_skipped':
        this.skipped(at, entry)
        return
      case 'connection_picked':
        this.before.push({ at, text: { key: 'next_in_turn' } })
        return
      case 'connection_failed': {
        const item = this.add(at, 'bad', this.target('not_created', entry))
        this.line(item, at, { key: `error_${entry.error.code}` })
        this.before = []
        return
      }
      case 'chat_created':
        this.before.push({ at, text: { key: `chat_by_${entry.by}` } })
        return
      case 'attempt_started': {
        const isExisting = entry.attempt === 0
        const title = this.target(isExisting ? 'existing_chat' : 'attempt', entry)
        const item = this.add(at, 'wait', title, isExisting ? null : entry.attempt)
        item.lines.push(...this.before)
        this.before = []
        this.attempts.set(entry.attempt, item)
        return
      }
      case 'chat_queued':
        this.of(entry, at, { key: 'chat_queued' })
        return
      case 'part_accepted':
      case 'part_unknown':
      case 'part_found':
        this.of(entry, at, { key: `${entry.type}${this.partSuffix(entry.part)}` })
        return
      case 'part_rejected':
        this.of(entry, at, { key: `error_${entry.error.code}` })
        return
      case 'receipt':
        this.of(entry, at, { key: `receipt_${entry.status}${this.partSuffix(entry.part)}` })
        return
      case 'reply':
        this.of(entry, at, { key: 'reply' })
        return
      case 'waiting': {
        const seconds = Math.round((entry.deadlineAt - Date.parse(at)) / 1000)
        this.of(entry, at, { key: 'waiting', seconds })
        return
      }
      case 'attempt_failed': {
        const item = this.of(entry, at, { key: `attempt_${entry.reason}` })
        if (item) item.tone = 'bad'
        return
      }
      case 'restarted':
        this.add(at, 'plain', { key: 'restarted' })
        return
      case 'put_off':
        this.line(this.items.at(-1), at, {
          key: `put_off_${entry.cause ?? 'unavailable'}`,
          clockAt: entry.retryAt,
        })
        return
      case 'ended':
        this.ended(at, entry)
        return
      case 'late': {
        const item = this.attempts.get(entry.attempt)
        const name = item?.title.values?.['messenger'] ?? ''
        // Whoever had delivered and is read now is not late.
        const isOwn = item?.tone === 'ok'
        const key = isOwn ? `later_${entry.status}` : `late_${entry.status}`
        const late = this.add(at, isOwn ? 'plain' : 'late', { key, values: { messenger: name } })
        const isTwice = !isOwn && entry.status !== 'error' && this.isDelivered()
        if (isTwice) this.line(late, at, { key: 'late_twice' })
        return
      }
      case 'continued':
        this.add(at, entry.result === 'accepted' ? 'plain' : 'bad', {
          key: entry.result === 'accepted' ? this.exit() : `continued_${entry.result}`,
        })
        return
      case 'note_written':
        this.add(at, 'plain', { key: 'note_written' })
        return
      default:
        entry satisfies never
    }
  }

  private add(
    at: string,
    tone: TimelineTone,
    title: TimelineText,
    number: number | null = null,
  ): TimelineItem {
    const item: TimelineItem = { at, tone, number, title, lines: [] }
    this.items.push(item)
    return item
  }

  private line(item: TimelineItem | undefined, at: string, text: TimelineText): void {
    item?.lines.push({ at, text })
  }

  private of(entry: { attempt: number }, at: string, text: TimelineText): TimelineItem | undefined {
    const item = this.attempts.get(entry.attempt)
    this.line(item, at, text)
    return item
  }

  private target(
    key: string,
    { messenger, connectionId }: { messenger: string; connectionId: number },
  ): TimelineText {
    const known = this.timeline.connections.find(one => one.connectionId === connectionId)
    const connection = known?.name ?? `#${connectionId}`
    return { key, values: { messenger: messengerFacts(messenger).name, connection } }
  }

  private skipped(at: string, entry: Extract<HistoryEntry, { type: 'messenger_skipped' }>): void {
    const facts = messengerFacts(entry.messenger)
    const item = this.add(at, 'skip', { key: 'skipped', values: { messenger: facts.name } })
    const key = `skip_${entry.reason}`
    const file = this.timeline.parts.find(part => part.kind !== 'text')
    const max =
      file?.kind === 'image' ? (facts.imageMaxBytes ?? facts.fileMaxBytes) : facts.fileMaxBytes
    const isTooLarge = entry.reason === 'file_too_large' && file && max !== undefined
    this.line(item, at, isTooLarge ? { key, bytes: { size: file.size, max } } : { key })
    this.before = []
  }

  private ended(at: string, entry: Extract<HistoryEntry, { type: 'ended' }>): void {
    if (entry.outcome === 'not_delivered') {
      this.add(at, 'bad', { key: `ended_${entry.reason}` })
      return
    }
    const item = this.attempts.get(entry.attempt)
    if (item) item.tone = 'ok'
    this.add(at, 'ok', {
      key: 'delivered',
      values: { messenger: messengerFacts(entry.messenger).name },
    })
  }

  /** Text and file are told apart only where both were sent. */
  private partSuffix(part: number): string {
    if (this.timeline.parts.length < 2) return ''
    return part === 0 ? '_text' : '_file'
  }

  private isDelivered(): boolean {
    return this.timeline.history.some(
      ({ entry }) => entry.type === 'ended' && entry.outcome === 'delivered',
    )
  }

  private exit(): string {
    return this.isDelivered() ? 'exit_delivered' : 'exit_not_delivered'
  }
}

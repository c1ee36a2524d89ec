import type { Selectable } from 'kysely'
import { z } from 'zod'
import { wakeAtOf } from '../cascade/core/decide.ts'
import { isSettled, runSchema, whoOf, type Run } from '../cascade/core/run.ts'
import type { Value } from './prepare.ts'
import { searchable } from './searchable.ts'
import type { Tables } from './schema.ts'

/** What a run is about; it never changes. */
export type RunSubject = {
  accountId: number
  origin: 'bot' | 'test' | 'sent_again'
  entity: { type: 'lead' | 'contact'; id: number }
  returnUrl: string | null
  /** Of the hook's token, seconds since the epoch. */
  tokenIssuedAt: number | null
  tokenHash: string | null
  /** The step's message as the hook brought it, JSON text. */
  message: string
}
export type StoredRun = {
  run: Run
  subject: RunSubject
  /** The process that carries out what the run asks for, where there are several. */
  worker: string | null
}

/** What a run is read from; the other columns are for finding runs and listing them. */
export const STORED_RUN = [
  'account_id',
  'origin',
  'entity_type',
  'entity_id',
  'return_url',
  'token_issued_at',
  'token_hash',
  'message',
  'state',
  'worker',
] as const

const subjectSchema = z.object({
  origin: z.enum(['bot', 'test', 'sent_again']),
  entityType: z.enum(['lead', 'contact']),
})

/**
 * The last runs that were written or read here, by the text of their state: what was written is read next,
 * and to parse it again would cost as much as all else that a step needs. Runs are never changed in place.
 */
const runsByText = new Map<string, Run>()
const RUNS_BY_TEXT_MAX = 1000

function keepRun(text: string, run: Run): void {
  const [oldest] = runsByText.keys()
  if (runsByText.size >= RUNS_BY_TEXT_MAX && oldest !== undefined) runsByText.delete(oldest)
  runsByText.set(text, run)
}

function parseRun(text: string): Run {
  const known = runsByText.get(text)
  if (known) return known
  const run = runSchema.parse(JSON.parse(text))
  keepRun(text, run)
  return run
}

/** Of a run’s columns, what changes with its steps. */
export function stateOf(run: Run) {
  const state = JSON.stringify(run)
  keepRun(state, run)
  return {
    state,
    phase: run.phase.name,
    is_settled: isSettled(run) ? 1 : 0,
    wake_at: wakeAtOf(run),
    ended_at: run.phase.name === 'ended' ? run.phase.endedAt : null,
    contact_id: whoOf(run)?.contactId ?? null,
    is_held: run.continuation.state === 'held' ? 1 : 0,
  }
}
export type State = Pick<
  Tables['runs'],
  'state' | 'phase' | 'is_settled' | 'wake_at' | 'ended_at' | 'contact_id' | 'is_held' | 'worker'
>

export function stateColumns(value: Value<State>): State {
  return {
    state: value('state'),
    phase: value('phase'),
    is_settled: value('is_settled'),
    wake_at: value('wake_at'),
    ended_at: value('ended_at'),
    contact_id: value('contact_id'),
    is_held: value('is_held'),
    worker: value('worker'),
  }
}

/** What runs are looked for by, beside what never changes. */
export function listedAs(run: Run) {
  const { contactName = '', leadName = '' } = whoOf(run) ?? {}
  const { phones = [], usernames = [] } = run.gathered ?? {}
  const listed = (values: readonly (string | number)[]) =>
    values.length === 0 ? '' : `,${[...new Set(values)].join(',')},`
  return {
    outcome: run.phase.name === 'ended' ? run.phase.outcome.kind : 'open',
    messengers: listed(run.attempts.map(attempt => attempt.messenger)),
    connections: listed(run.attempts.map(attempt => attempt.connectionId)),
    search_text: searchable([contactName, leadName, ...phones, ...usernames].join(' ')),
  }
}
export type Listed = ReturnType<typeof listedAs>

/** Most steps change nothing of it. What was gathered is only ever replaced, so the same one is the same. */
export function isListedAlike(before: Run, run: Run): boolean {
  return (
    before.gathered === run.gathered &&
    before.unreached === run.unreached &&
    before.attempts.length === run.attempts.length &&
    (before.phase.name === 'ended') === (run.phase.name === 'ended')
  )
}

export function listColumns(value: Value<Listed>): Listed {
  return {
    outcome: value('outcome'),
    messengers: value('messengers'),
    connections: value('connections'),
    search_text: value('search_text'),
  }
}

/** `…/api/v4/salesbot/{bot}/continue/{id}` (reference: Kommo server side 1.1). */
export function botIdOf(returnUrl: string | null): number | null {
  return Number(/bot\/(\d+)\/continue\//u.exec(returnUrl ?? '')?.[1] ?? 0) || null
}

/** A row that no version of ours has written is a bug, and throws. */
export function toStoredRun(
  row: Pick<Selectable<Tables['runs']>, (typeof STORED_RUN)[number]>,
): StoredRun {
  const { origin, entityType } = subjectSchema.parse({
    origin: row.origin,
    entityType: row.entity_type,
  })
  return {
    run: parseRun(row.state),
    subject: {
      accountId: row.account_id,
      origin,
      entity: { type: entityType, id: row.entity_id },
      returnUrl: row.return_url,
      tokenIssuedAt: row.token_issued_at,
      tokenHash: row.token_hash,
      message: row.message,
    },
    worker: row.worker,
  }
}

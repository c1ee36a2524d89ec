import { z } from 'zod'
import type { ProviderError } from '../../contracts/history.ts'
import type { ConnectionState } from '../../contracts/cascade.ts'

/**
 * All that is known of Radist's errors, in one place. Radist publishes no list (Radist and its peers,
 * section 1.1): `verified` rows are what its own pages or two independent clients show, `assumed` rows
 * are the natural reading. How to settle each: `docs/uncertainties.md`.
 */
type Known = 'verified' | 'assumed'

/** What an HTTP status means for a request that does something. Other 4xx are refusals of the request. */
const STATUS_MEANINGS: readonly {
  status: number | 'other 4xx' | '5xx'
  means: 'busy' | 'key_refused' | 'missing' | 'refused' | 'unknown'
  known: Known
}[] = [
  { status: 429, means: 'busy', known: 'verified' },
  { status: 401, means: 'key_refused', known: 'verified' },
  { status: 403, means: 'key_refused', known: 'verified' },
  // A company, connection or chat that is not there: the connection's own state tells which.
  { status: 404, means: 'missing', known: 'assumed' },
  { status: 'other 4xx', means: 'refused', known: 'assumed' },
  // It may have been done all the same: never repeated in the same chat.
  { status: '5xx', means: 'unknown', known: 'verified' },
]

export type StatusMeaning = (typeof STATUS_MEANINGS)[number]['means']

/** @param status of an answer that is no success */
export function meaningOf(status: number): StatusMeaning {
  const row =
    STATUS_MEANINGS.find(one => one.status === status) ??
    STATUS_MEANINGS.find(one => one.status === (status >= 500 ? '5xx' : 'other 4xx'))
  return row?.means ?? 'refused'
}

/**
 * The words for a connection's state. Its three states are on Radist's pages (verified); under which
 * field and by which word its API says so is assumed.
 */
const STATE_WORDS: readonly {
  words: readonly string[]
  state: ConnectionState
  known: Known
}[] = [
  {
    words: ['in_subscription', 'active', 'connected', 'authorized', 'ok'],
    state: 'in_subscription',
    known: 'assumed',
  },
  {
    words: ['not_in_subscription', 'no_subscription'],
    state: 'not_in_subscription',
    known: 'assumed',
  },
  {
    words: ['unpaid', 'subscription_unpaid', 'not_paid', 'expired'],
    state: 'unpaid',
    known: 'assumed',
  },
  {
    words: ['logged_out', 'unauthorized', 'disconnected', 'need_login', 'blocked', 'banned'],
    state: 'logged_out',
    known: 'assumed',
  },
  { words: ['deleted'], state: 'deleted', known: 'assumed' },
]

const connectionSchema = z.looseObject({
  state: z.unknown(),
  status: z.unknown(),
  subscription_status: z.unknown(),
})

/** The state that a connection's object tells, the worst word winning; null when it tells none. */
export function toldStateOf(body: unknown): ConnectionState | null {
  const parsed = connectionSchema.partial().safeParse(body)
  if (!parsed.success) return null
  const { state, status, subscription_status: subscription } = parsed.data
  const found = [state, status, subscription]
    .filter(word => typeof word === 'string')
    .map(word => STATE_WORDS.find(row => row.words.includes(word.toLowerCase()))?.state)
    .filter(known => known !== undefined)
  return found.find(known => known !== 'in_subscription') ?? found[0] ?? null
}

/** The error that a connection in this state answers with, or null when it is well. */
export function errorOfState(state: ConnectionState, httpStatus: number): ProviderError | null {
  switch (state) {
    case 'in_subscription':
      return null
    case 'not_in_subscription':
      return { scope: 'connection', code: 'connection_not_in_subscription', httpStatus }
    case 'unpaid':
      return { scope: 'connection', code: 'connection_unpaid', httpStatus }
    case 'logged_out':
      return { scope: 'connection', code: 'connection_logged_out', httpStatus }
    case 'deleted':
      return { scope: 'connection', code: 'connection_deleted', httpStatus }
    default:
      return state satisfies never
  }
}

import { z } from 'zod'
import type { ProviderError } from '../../contracts/history.ts'
import type { ConnectionState } from '../../contracts/cascade.ts'

/**
 * What is known of a connection's own errors. Radist publishes no list: its UI shows three states
 * (verified), under which field and word its API says so is assumed.
 */
const STATE_WORDS: readonly {
  words: readonly string[]
  state: ConnectionState
  known: 'verified' | 'assumed'
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

/** The state that a connection's object tells, the worst word winning; well when it tells none. */
export function connectionStateOf(body: unknown): ConnectionState {
  const parsed = connectionSchema.partial().safeParse(body)
  if (!parsed.success) return 'in_subscription'
  const { state, status, subscription_status: subscription } = parsed.data
  const found = [state, status, subscription]
    .filter(word => typeof word === 'string')
    .map(word => STATE_WORDS.find(row => row.words.includes(word.toLowerCase()))?.state)
    .filter(known => known !== undefined)
  return found.find(known => known !== 'in_subscription') ?? 'in_subscription'
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

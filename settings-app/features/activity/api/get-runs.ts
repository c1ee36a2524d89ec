import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'
import type { RunList } from '../../../../contracts/activity.ts'
import { call, client } from '../../../lib/client.ts'

const LIVE_INTERVAL_MS = 2500
/** Who has scrolled further down reads old runs: those do not change. */
const LIVE_PAGES = 2

/** What the list is narrowed down to, as it stands in the address. */
export type RunFilters = Partial<
  Record<'outcome' | 'messenger' | 'connection' | 'bot' | 'deal' | 'from' | 'to' | 'search', string>
>

export const runsQuery = (filters: RunFilters) =>
  infiniteQueryOptions({
    queryKey: ['runs', filters],
    queryFn: ({ pageParam }) =>
      call<RunList>(
        client.api.runs.$get({
          query: { ...queryOf(filters), ...(pageParam === null ? {} : { after: pageParam }) },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next,
    placeholderData: keepPreviousData,
    refetchInterval: query =>
      (query.state.data?.pages.length ?? 0) <= LIVE_PAGES ? LIVE_INTERVAL_MS : false,
  })

/** The same runs as a file. */
export function csvUrl(filters: RunFilters): string {
  return `/api/runs.csv?${new URLSearchParams(queryOf(filters)).toString()}`
}

/** Days are the reader's own; `to` is a whole day. */
function queryOf({ from, to, ...rest }: RunFilters): Record<string, string> {
  const { outcome: _outcome, ...others } = rest
  const outcome = OUTCOMES.find(one => one === _outcome)
  const start = dayOf(from)
  const end = dayOf(to)
  end?.setDate(end.getDate() + 1)
  return {
    ...others,
    ...(outcome ? { outcome } : {}),
    ...(start ? { from: start.toISOString() } : {}),
    ...(end ? { to: end.toISOString() } : {}),
  }
}

/** An address may have been typed by hand: what is no day narrows nothing down. */
function dayOf(written: string | undefined): Date | null {
  const day = new Date(`${written ?? ''}T00:00:00`)
  return Number.isNaN(day.getTime()) ? null : day
}

export const OUTCOMES = ['open', 'delivered', 'not_delivered', 'late'] as const

import { queryOptions, keepPreviousData } from '@tanstack/react-query'
import type { ConnectionDays, Statistics } from '../../contracts/statistics.ts'
import { call, client } from '../lib/client.ts'

/** What the cascade's rows show. */
export const FIGURES_DAYS = 7

const INTERVAL_MS = 30_000

/** What became of messages in the last days; the cascade's rows and the statistics both show it. */
export const statisticsQuery = (days: number) =>
  queryOptions({
    queryKey: ['statistics', days],
    queryFn: () => call<Statistics>(client.api.statistics.$get({ query: { days: String(days) } })),
    refetchInterval: INTERVAL_MS,
    placeholderData: keepPreviousData,
  })

export const connectionDaysQuery = (connectionId: number, days: number) =>
  queryOptions({
    queryKey: ['statistics', 'connection', connectionId, days],
    queryFn: () =>
      call<ConnectionDays>(
        client.api.statistics.connections[':id'].$get({
          param: { id: String(connectionId) },
          query: { days: String(days) },
        }),
      ),
  })

import { queryOptions } from '@tanstack/react-query'
import type { CascadeView } from '../../../../contracts/cascade.ts'
import { call, client } from '../../../lib/client.ts'

const SYNCING_INTERVAL_MS = 2000
const IDLE_INTERVAL_MS = 15_000

export const cascadeQuery = queryOptions({
  queryKey: ['cascade'],
  queryFn: () => call<CascadeView>(client.api.cascade.$get()),
  // While the first sync runs, messengers appear as they are found.
  refetchInterval: query =>
    query.state.data?.syncedAt === null ? SYNCING_INTERVAL_MS : IDLE_INTERVAL_MS,
})

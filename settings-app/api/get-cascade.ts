import { queryOptions } from '@tanstack/react-query'
import type { CascadeView } from '../../contracts/cascade.ts'
import { call, client } from '../lib/client.ts'
import { queries } from '../lib/queries.ts'

/** Of saving it. */
export const SAVE_CASCADE_KEY = ['save-cascade']

const SYNCING_INTERVAL_MS = 2000
const IDLE_INTERVAL_MS = 15_000

export const cascadeQuery = queryOptions({
  queryKey: ['cascade'],
  queryFn: () => call<CascadeView>(client.api.cascade.$get()),
  refetchInterval: query => {
    // What is being saved is shown as it was chosen: an older state must not come in between.
    if (queries.isMutating({ mutationKey: SAVE_CASCADE_KEY }) > 0) return false
    // While the first sync runs, messengers appear as they are found.
    return query.state.data?.syncedAt === null ? SYNCING_INTERVAL_MS : IDLE_INTERVAL_MS
  },
})

import { queryOptions } from '@tanstack/react-query'
import type { RunView } from '../../contracts/activity.ts'
import { call, client } from '../lib/client.ts'

const LIVE_INTERVAL_MS = 1000
/** Late news may still come. */
const ENDED_INTERVAL_MS = 10_000

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['run', id],
    queryFn: () => call<RunView>(client.api.runs[':id'].$get({ param: { id } })),
    refetchInterval: query =>
      query.state.data?.outcome.kind === 'open' ? LIVE_INTERVAL_MS : ENDED_INTERVAL_MS,
  })

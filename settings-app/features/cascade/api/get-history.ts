import { queryOptions } from '@tanstack/react-query'
import type { CascadeHistory } from '../../../../contracts/cascade.ts'
import { call, client } from '../../../lib/client.ts'

export const cascadeHistoryQuery = queryOptions({
  queryKey: ['cascade-history'],
  queryFn: () => call<CascadeHistory>(client.api.cascade.history.$get()),
  staleTime: 0,
})

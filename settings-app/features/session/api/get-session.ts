import { queryOptions } from '@tanstack/react-query'
import { call, client } from '../../../lib/client.ts'
import type { Session } from '../../../../contracts/widget-api.ts'

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => call<Session>(client.api.session.$get()),
  staleTime: 60_000,
})

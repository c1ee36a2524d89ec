import { queryOptions } from '@tanstack/react-query'
import type { Bots } from '../../../../contracts/activity.ts'
import { call, client } from '../../../lib/client.ts'

export const botsQuery = queryOptions({
  queryKey: ['bots'],
  queryFn: () => call<Bots>(client.api.bots.$get()),
  staleTime: 5 * 60_000,
})

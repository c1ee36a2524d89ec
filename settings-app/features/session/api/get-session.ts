import { queryOptions } from '@tanstack/react-query'
import { call, client, showAccount } from '../../../lib/client.ts'
import type { Session } from '../../../../contracts/widget-api.ts'

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async () => {
    const session = await call<Session>(client.api.session.$get())
    showAccount(session.accountId)
    return session
  },
  staleTime: 60_000,
  refetchInterval: 60_000,
})

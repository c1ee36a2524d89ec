import { queryOptions } from '@tanstack/react-query'
import type { Files } from '../../contracts/connections.ts'
import { call, client } from '../lib/client.ts'

export const filesQuery = queryOptions({
  queryKey: ['files'],
  queryFn: () => call<Files>(client.api['stored-files'].$get()),
})

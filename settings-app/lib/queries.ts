import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { sessionQuery } from '../features/session/api/get-session.ts'
import { codeOf } from './client.ts'
import { setReachable } from './reachable.ts'

/** All that was asked of the server. Whatever tells of an ended session makes the session asked for anew. */
export const queries: QueryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: 5000 },
    mutations: { retry: false },
  },
  queryCache: new QueryCache({
    onError: (error, query) => heed(error, query.queryKey[0] === 'session'),
    onSuccess: () => setReachable(true),
  }),
  mutationCache: new MutationCache({
    onError: error => heed(error, false),
    onSuccess: () => setReachable(true),
  }),
})

function heed(error: unknown, isSession: boolean): void {
  const code = codeOf(error)
  if (code === 'unreachable') setReachable(false)
  else setReachable(true)
  // Nothing of the other account's may be shown beside this one's.
  if (code === 'other_account') location.reload()
  if (code === 'signed_out' && !isSession) {
    void queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
  }
}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { CascadeView } from '../../../../contracts/cascade.ts'
import { cascadeQuery } from '../../../api/get-cascade.ts'
import { toCascadeChange } from '../../../api/to-cascade-change.ts'
import { call, client } from '../../../lib/client.ts'

/** Sets one messenger's wait, on top of what the cascade is now. */
export function useTakeWait() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ messenger, waitSeconds }: { messenger: string; waitSeconds: number }) => {
      const cascade = await queries.fetchQuery({ ...cascadeQuery, staleTime: 0 })
      const messengers = cascade.messengers.map(one =>
        one.type === messenger ? { ...one, waitSeconds } : one,
      )
      return call<CascadeView>(
        client.api.cascade.$put({ json: toCascadeChange(cascade.version, messengers) }),
      )
    },
    onSuccess: saved => {
      queries.setQueryData(cascadeQuery.queryKey, saved)
      return queries.invalidateQueries({ queryKey: ['statistics'] })
    },
  })
}

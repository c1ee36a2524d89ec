import { useMutation, useQueryClient } from '@tanstack/react-query'
import { call, client } from '../../../lib/client.ts'

/** Sends a run's message again, as a new run. */
export function useSendAgain(onSent: (runId: string) => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) =>
      call<{ runId: string }>(client.api.runs[':id']['send-again'].$post({ param: { id } })),
    onSuccess: ({ runId }) => {
      void queries.invalidateQueries({ queryKey: ['runs'] })
      onSent(runId)
    },
  })
}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { call, client } from '../lib/client.ts'

/** Erases what is known of a contact: texts, names and addresses of all its runs. */
export function useEraseContact(onErased: (runs: number) => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: number) =>
      call<{ runs: number }>(client.api.contacts[':id'].$delete({ param: { id: String(id) } })),
    onSuccess: async ({ runs }) => {
      await queries.invalidateQueries({ queryKey: ['runs'] })
      await queries.invalidateQueries({ queryKey: ['run'] })
      onErased(runs)
    },
  })
}

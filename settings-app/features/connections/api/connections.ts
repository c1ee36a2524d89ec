import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type {
  Connections,
  KommoConnection,
  KommoConsent,
  NewChats,
  NewChatsChange,
  PreferencesChange,
} from '../../../../contracts/connections.ts'
import { filesQuery } from '../../../api/get-files.ts'
import { call, client, done } from '../../../lib/client.ts'

const SYNCING_INTERVAL_MS = 1000
const IDLE_INTERVAL_MS = 15_000

export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: () => call<Connections>(client.api.connections.$get()),
  refetchInterval: query =>
    query.state.data?.radist.state === 'syncing' ? SYNCING_INTERVAL_MS : IDLE_INTERVAL_MS,
})

export const kommoQuery = queryOptions({
  queryKey: ['connections', 'kommo'],
  queryFn: () => call<KommoConnection>(client.api.connections.kommo.$get()),
  staleTime: 30_000,
})

/** Whatever changes a connection gives its new state. */
function useConnectionsChange<Change>(change: (value: Change) => Promise<Connections>) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: saved => {
      queries.setQueryData(connectionsQuery.queryKey, saved)
      void queries.invalidateQueries({ queryKey: ['session'] })
      void queries.invalidateQueries({ queryKey: ['cascade'] })
    },
  })
}

export function useSaveRadist() {
  return useConnectionsChange((json: { url: string; companyId: number; key?: string }) =>
    call<Connections>(client.api.connections.radist.$put({ json })),
  )
}

export function useSyncRadist() {
  return useConnectionsChange(() => call<Connections>(client.api.connections.radist.sync.$post()))
}

export function useSavePreferences() {
  return useConnectionsChange((json: PreferencesChange) =>
    call<Connections>(client.api.preferences.$put({ json })),
  )
}

export function useSaveKommoToken() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (token: string) =>
      call<KommoConnection>(client.api.connections.kommo.$put({ json: { token } })),
    onSuccess: saved => {
      queries.setQueryData(kommoQuery.queryKey, saved)
      void queries.invalidateQueries({ queryKey: ['session'] })
    },
  })
}

/** Where an administrator agrees, in Kommo. */
export function useKommoConsent() {
  return useMutation({
    mutationFn: () => call<KommoConsent>(client.api.connections.kommo.consent.$post()),
  })
}

export const newChatsQuery = queryOptions({
  queryKey: ['connections', 'new-chats'],
  queryFn: () => call<NewChats>(client.api.connections['new-chats'].$get()),
})

export function useSaveNewChatsMax() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (json: NewChatsChange) =>
      call<NewChats>(client.api.connections['new-chats'].$put({ json })),
    onSuccess: saved => queries.setQueryData(newChatsQuery.queryKey, saved),
  })
}

export function useDeleteFile() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => done(client.api['stored-files'][':id'].$delete({ param: { id } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: filesQuery.queryKey }),
  })
}

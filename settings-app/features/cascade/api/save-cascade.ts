import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { CascadeChange, CascadeView, MessengerView } from '../../../../contracts/cascade.ts'
import { ApiError, call, client } from '../../../lib/client.ts'
import { cascadeQuery } from './get-cascade.ts'

/**
 * Saves the whole cascade at once, optimistically: what the admin sees is what was chosen, and a failed
 * save brings the last saved state back. Saves go one after the other, so each knows its version.
 */
export function useSaveCascade() {
  const queries = useQueryClient()
  const key = cascadeQuery.queryKey
  const [undoStack, setUndoStack] = useState<MessengerView[][]>([])
  const mutation = useMutation({
    scope: { id: 'cascade' },
    mutationFn: (messengers: MessengerView[]) => {
      const version = queries.getQueryData(key)?.version ?? 0
      return call<CascadeView>(client.api.cascade.$put({ json: toChange(version, messengers) }))
    },
    onSuccess: saved => {
      const isLast = queries.isMutating({ mutationKey: ['save-cascade'] }) === 1
      queries.setQueryData(key, shown =>
        shown && !isLast ? { ...shown, version: saved.version } : saved,
      )
    },
    onError: () => queries.invalidateQueries({ queryKey: key }),
    mutationKey: ['save-cascade'],
  })

  function save(messengers: MessengerView[]) {
    const before = queries.getQueryData(key)
    if (!before) return
    void queries.cancelQueries({ queryKey: key })
    queries.setQueryData(key, { ...before, messengers })
    mutation.mutate(messengers)
  }

  return {
    change: (messengers: MessengerView[]) => {
      const before = queries.getQueryData(key)
      if (before) setUndoStack([...undoStack, before.messengers])
      save(messengers)
    },
    undo: () => {
      const before = undoStack.at(-1)
      if (!before) return
      setUndoStack(undoStack.slice(0, -1))
      save(before)
    },
    canUndo: undoStack.length > 0,
    state: mutation.status,
    errorCode: mutation.error instanceof ApiError ? mutation.error.code : null,
  }
}

function toChange(version: number, messengers: readonly MessengerView[]): CascadeChange {
  return {
    version,
    messengers: messengers.map(({ type, isOn, waitSeconds, success, connections }) => ({
      type,
      isOn,
      waitSeconds,
      success,
      tickedConnectionIds: connections
        .filter(connection => connection.ticked)
        .map(connection => connection.connectionId),
    })),
  }
}

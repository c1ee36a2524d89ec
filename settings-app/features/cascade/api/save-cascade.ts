import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { CascadeView, MessengerView } from '../../../../contracts/cascade.ts'
import { cascadeQuery, SAVE_CASCADE_KEY } from '../../../api/get-cascade.ts'
import { toCascadeChange } from '../../../api/to-cascade-change.ts'
import { ApiError, call, client, codeOf } from '../../../lib/client.ts'

/** What this admin chose, and what another one saved meanwhile. */
export type Conflict = { mine: MessengerView[]; theirs: CascadeView }

/**
 * Saves the whole cascade at once, optimistically: what the admin sees is what was chosen, and a failed
 * save brings the last saved state back. Saves go one after the other, so each knows its version. When
 * somebody else was faster nothing more is saved until the admin has chosen.
 */
export function useSaveCascade() {
  const queries = useQueryClient()
  const key = cascadeQuery.queryKey
  const [undoStack, setUndoStack] = useState<MessengerView[][]>([])
  const [conflict, setConflict] = useState<Conflict | null>(null)
  const isBlocked = useRef(false)
  const saved = useRef<CascadeView | undefined>(undefined)

  const mutation = useMutation({
    mutationKey: SAVE_CASCADE_KEY,
    scope: { id: 'cascade' },
    mutationFn: (messengers: MessengerView[]) => {
      if (isBlocked.current) throw new ApiError('conflict', '')
      const version = queries.getQueryData(key)?.version ?? 0
      return call<CascadeView>(
        client.api.cascade.$put({ json: toCascadeChange(version, messengers) }),
      )
    },
    onSuccess: answer => {
      saved.current = answer
      const isLast = queries.isMutating({ mutationKey: SAVE_CASCADE_KEY }) === 1
      queries.setQueryData(key, shown =>
        shown && !isLast ? { ...shown, version: answer.version } : answer,
      )
      void queries.invalidateQueries({ queryKey: ['cascade-history'] })
    },
    onError: async (error, mine) => {
      if (codeOf(error) === 'conflict') {
        isBlocked.current = true
        const theirs = await queries.fetchQuery({ ...cascadeQuery, staleTime: 0 }).catch(() => null)
        if (theirs) {
          saved.current = theirs
          setConflict({ mine, theirs })
        } else isBlocked.current = false
        return
      }
      setUndoStack([])
      queries.setQueryData(key, saved.current)
      void queries.invalidateQueries({ queryKey: key })
    },
  })

  // A page that closes while something is on its way would lose it.
  const isPending = mutation.status === 'pending'
  useEffect(() => {
    if (!isPending) return undefined
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [isPending])

  function save(messengers: MessengerView[]) {
    const before = queries.getQueryData(key)
    if (!before) return
    if (queries.isMutating({ mutationKey: SAVE_CASCADE_KEY }) === 0) saved.current = before
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
    state: mutation.isPaused ? ('paused' as const) : mutation.status,
    errorCode: mutation.error ? codeOf(mutation.error) : null,
    conflict,
    /** The admin has chosen between the two states. */
    settle: (choice: 'mine' | 'theirs') => {
      if (!conflict) return
      isBlocked.current = false
      setConflict(null)
      setUndoStack([])
      mutation.reset()
      if (choice === 'mine') save(onTopOf(conflict.theirs, conflict.mine))
    },
  }
}

/** One's own choices over what is there now: messengers and connections may have come meanwhile. */
function onTopOf(theirs: CascadeView, mine: readonly MessengerView[]): MessengerView[] {
  const known = mine.flatMap(own => {
    const present = theirs.messengers.find(one => one.type === own.type)
    if (!present) return []
    const ticks = new Map(own.connections.map(one => [one.connectionId, one.ticked]))
    const connections = present.connections.map(one => ({
      ...one,
      ticked: ticks.get(one.connectionId) ?? one.ticked,
    }))
    const { isOn, waitSeconds, success } = own
    return [{ ...present, isOn, waitSeconds, success, connections }]
  })
  const added = theirs.messengers.filter(one => mine.every(own => own.type !== one.type))
  return [...known, ...added]
}

import { useEffect, useState } from 'react'
import type { WidgetFile } from '../../contracts/widget-api.ts'
import type { WidgetApi } from '../kommo/host.ts'

/** What our server has of a message's file: its address while it is there, or that it is gone. */
export type StoredFile =
  | { state: 'asking' }
  | { state: 'stored'; url: string | null }
  | { state: 'gone' }
  | { state: 'unknown' }

export function useStoredFile(api: WidgetApi, fileId: string | null): StoredFile {
  const [found, setFound] = useState<{ id: string; file: StoredFile } | null>(null)
  useEffect(() => {
    if (fileId === null) return undefined
    let isCurrent = true
    void api.get<WidgetFile>(`/files/${fileId}`).then(result => {
      if (!isCurrent) return
      if (result.ok) {
        setFound({ id: fileId, file: { state: 'stored', url: result.value.url } })
      } else {
        const state = result.failure.status === 404 ? 'gone' : 'unknown'
        setFound({ id: fileId, file: { state } })
      }
    })
    return () => {
      isCurrent = false
    }
  }, [api, fileId])
  return found && found.id === fileId ? found.file : { state: 'asking' }
}

import { useEffect, useRef, useState } from 'react'
import { DetailedError, Upload } from 'tus-js-client'
import { FILE_MAX_BYTES, type MessageFile } from '../../contracts/message.ts'
import type { WidgetFile } from '../../contracts/widget-api.ts'
import type { ApiFailure, WidgetApi } from '../kommo/host.ts'

const CHUNK_BYTES = 5 * 1024 * 1024
const RETRY_DELAYS_MS = [0, 1000, 3000, 5000, 10_000, 20_000]
/** Before that, an estimate of the time left only jumps about. */
const ESTIMATE_AFTER_MS = 3000

export type FileState =
  | { state: 'none' }
  | {
      state: 'uploading'
      name: string
      size: number
      sentBytes: number
      secondsLeft: number | null
      /** The line broke; the upload goes on by itself where it stopped. */
      isRetrying: boolean
    }
  | { state: 'ready'; file: MessageFile }
  | { state: 'failed'; name: string; size: number; failure: ApiFailure }

function stopwatch(): () => number {
  const startedAt = performance.now()
  return () => performance.now() - startedAt
}

/** One file: a resumable upload (tus), replaced in place, cancelled when the form goes away. */
export function useUpload(api: WidgetApi, saved: MessageFile | null) {
  const [file, setFile] = useState<FileState>(
    saved ? { state: 'ready', file: saved } : { state: 'none' },
  )
  const running = useRef<Upload | null>(null)
  const chosen = useRef<File | null>(null)
  // Counts what the person did: whatever an older choice still brings is of no concern.
  const turn = useRef(0)

  useEffect(() => () => void running.current?.abort(), [])

  async function start(source: File): Promise<void> {
    turn.current += 1
    const mine = turn.current
    void running.current?.abort(true).catch(() => undefined)
    running.current = null
    chosen.current = source
    const { name, size } = source
    const fail = (code: string, status = 0) =>
      setFile({ state: 'failed', name, size, failure: { code, status, message: null } })
    // Refused before a byte is sent.
    if (size > FILE_MAX_BYTES) return fail('too_large', 413)
    if (size === 0) return fail('empty_file')
    const uploading = { state: 'uploading', name, size, isRetrying: false } as const
    setFile({ ...uploading, sentBytes: 0, secondsLeft: null })
    const token = await api.token()
    if (turn.current !== mine) return
    if (token === null) return fail('unreachable')
    const elapsedMs = stopwatch()
    const upload = new Upload(source, {
      endpoint: `${api.serverUrl}/api/widget/uploads`,
      chunkSize: CHUNK_BYTES,
      retryDelays: RETRY_DELAYS_MS,
      headers: { 'X-Auth-Token': token },
      metadata: { filename: name },
      removeFingerprintOnSuccess: true,
      onProgress: sentBytes => {
        if (running.current !== upload) return
        const elapsed = elapsedMs()
        const secondsLeft =
          elapsed < ESTIMATE_AFTER_MS || sentBytes === 0
            ? null
            : Math.ceil((elapsed / 1000) * (size / sentBytes - 1))
        setFile({ ...uploading, sentBytes, secondsLeft })
      },
      onShouldRetry: error => {
        const status = error.originalResponse?.getStatus() ?? 0
        const isRefused = status >= 400 && status < 500 && ![409, 423, 429].includes(status)
        if (running.current === upload && !isRefused) {
          setFile(shown => (shown.state === 'uploading' ? { ...shown, isRetrying: true } : shown))
        }
        return !isRefused
      },
      onError: error => {
        if (running.current !== upload) return
        const status =
          error instanceof DetailedError ? (error.originalResponse?.getStatus() ?? 0) : 0
        fail(status === 413 ? 'too_large' : 'unreachable', status)
      },
      onSuccess: () => void finish(upload),
    })
    running.current = upload
    upload.start()
  }

  async function finish(upload: Upload): Promise<void> {
    const id = upload.url?.split('/').at(-1) ?? ''
    const stored = await api.get<WidgetFile>(`/files/${id}`)
    if (running.current !== upload) return
    running.current = null
    if (stored.ok) {
      const { name, size, kind } = stored.value
      setFile({ state: 'ready', file: { id: stored.value.id, name, size, kind } })
    } else {
      const { name = '', size = 0 } = chosen.current ?? {}
      setFile({ state: 'failed', name, size, failure: stored.failure })
    }
  }

  function remove(): void {
    turn.current += 1
    const upload = running.current
    running.current = null
    chosen.current = null
    // Its bytes at the server go, too.
    void upload?.abort(true).catch(() => undefined)
    setFile({ state: 'none' })
  }

  return {
    file,
    start: (source: File) => void start(source),
    retry: () => {
      if (chosen.current) void start(chosen.current)
    },
    remove,
  }
}

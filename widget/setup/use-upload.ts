import { useEffect, useRef, useState } from 'react'
import { DetailedError, Upload } from 'tus-js-client'
import { FILE_MAX_BYTES, type MessageFile } from '../../contracts/message.ts'
import type { WidgetFile } from '../../contracts/widget-api.ts'
import type { ApiFailure, WidgetApi } from '../kommo/host.ts'
import { uploadMemory } from './upload-memory.ts'

const CHUNK_BYTES = 5 * 1024 * 1024
const RETRY_DELAYS_MS = [0, 1000, 3000, 5000, 10_000, 20_000]
/** Before that, an estimate of the time left only jumps about. */
const ESTIMATE_AFTER_MS = 3000
/** How often to ask whether the virus scan has ended. */
const SCAN_POLL_MS = 1000

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
  | { state: 'scanning'; name: string; size: number }
  | { state: 'ready'; file: MessageFile }
  | { state: 'failed'; name: string; size: number; failure: ApiFailure }

function stopwatch(): () => number {
  const startedAt = performance.now()
  return () => performance.now() - startedAt
}

/** One file: a resumable upload (tus), replaced in place, stopped when the form goes away. */
export function useUpload(api: WidgetApi, saved: MessageFile | null) {
  const [file, setFile] = useState<FileState>(
    saved ? { state: 'ready', file: saved } : { state: 'none' },
  )
  const running = useRef<Upload | null>(null)
  const chosen = useRef<File | null>(null)
  // Counts what the person did: whatever an older choice still brings is of no concern.
  const turn = useRef(0)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  useEffect(
    () => () => {
      turn.current += 1
      clearTimeout(timer.current)
      // Its bytes stay for a while: the same file, chosen again, goes on where it stopped.
      void running.current?.abort()
    },
    [],
  )

  /** Whatever ran before is over. */
  function begin(): number {
    turn.current += 1
    clearTimeout(timer.current)
    const upload = running.current
    running.current = null
    // Its bytes at the server go, too.
    void upload?.abort(true).catch(() => undefined)
    return turn.current
  }

  async function start(source: File): Promise<void> {
    const mine = begin()
    chosen.current = source
    const { name, size } = source
    const fail = (failure: ApiFailure) => setFile({ state: 'failed', name, size, failure })
    // Refused before a byte is sent.
    if (size > FILE_MAX_BYTES) return fail({ code: 'too_large', status: 413, message: null })
    if (size === 0) return fail({ code: 'empty_file', status: 0, message: null })
    const uploading = { state: 'uploading', name, size, isRetrying: false } as const
    setFile({ ...uploading, sentBytes: 0, secondsLeft: null })
    let token = await api.token()
    if (turn.current !== mine) return
    if (token === null) return fail({ code: 'unreachable', status: 0, message: null })
    const elapsedMs = stopwatch()
    let resumedAt: number | null = null
    let isTokenRefused = false
    const upload = new Upload(source, {
      endpoint: `${api.serverUrl}/api/widget/uploads`,
      chunkSize: CHUNK_BYTES,
      retryDelays: RETRY_DELAYS_MS,
      metadata: { filename: name },
      urlStorage: uploadMemory,
      removeFingerprintOnSuccess: true,
      async onBeforeRequest(request) {
        // A long upload outlives its token.
        if (isTokenRefused) token = await api.token()
        request.setHeader('X-Auth-Token', token ?? '')
      },
      onProgress: sentBytes => {
        if (turn.current !== mine) return
        resumedAt ??= sentBytes
        const elapsed = elapsedMs()
        const perMs = (sentBytes - resumedAt) / elapsed
        const secondsLeft =
          elapsed < ESTIMATE_AFTER_MS || perMs === 0
            ? null
            : Math.ceil((size - sentBytes) / perMs / 1000)
        setFile({ ...uploading, sentBytes, secondsLeft })
      },
      onShouldRetry: error => {
        const status = error.originalResponse?.getStatus() ?? 0
        const isFirstRefusal = status === 401 && !isTokenRefused
        isTokenRefused = status === 401
        const isFinal = status >= 400 && status < 500 && ![409, 423, 429].includes(status)
        const retries = !isFinal || isFirstRefusal
        if (turn.current === mine && retries) {
          setFile(shown => (shown.state === 'uploading' ? { ...shown, isRetrying: true } : shown))
        }
        return retries
      },
      onError: error => {
        if (turn.current !== mine) return
        running.current = null
        fail(failureOf(error))
      },
      onSuccess: () => {
        if (turn.current !== mine) return
        running.current = null
        void settle(mine, upload.url?.split('/').at(-1) ?? '')
      },
    })
    running.current = upload
    const [previous] = await upload.findPreviousUploads()
    if (turn.current !== mine) return
    if (previous) upload.resumeFromPreviousUpload(previous)
    upload.start()
  }

  /** All bytes are there: what is it, and is it clean? */
  async function settle(mine: number, id: string): Promise<void> {
    const stored = await api.get<WidgetFile>(`/files/${id}`)
    if (turn.current !== mine) return
    const { name = '', size = 0 } = chosen.current ?? {}
    const fail = (failure: ApiFailure) => setFile({ state: 'failed', name, size, failure })
    if (!stored.ok) return fail(stored.failure)
    const found = stored.value
    switch (found.state) {
      case 'ready':
        return setFile({
          state: 'ready',
          file: { id: found.id, name: found.name, size: found.size, kind: found.kind },
        })
      case 'infected':
        return fail({ code: 'infected', status: 0, message: null })
      case 'scanning':
      case 'uploading':
        setFile({ state: 'scanning', name, size })
        timer.current = setTimeout(() => void settle(mine, id), SCAN_POLL_MS)
        return undefined
      default:
        return found.state satisfies never
    }
  }

  return {
    file,
    start: (source: File) => void start(source),
    retry: () => {
      if (chosen.current) void start(chosen.current)
    },
    remove: () => {
      begin()
      chosen.current = null
      setFile({ state: 'none' })
    },
    /** Puts back a file that is stored already. */
    restore: (stored: MessageFile | null) => {
      begin()
      setFile(stored ? { state: 'ready', file: stored } : { state: 'none' })
    },
  }
}

/** What our server said of an upload; its codes are those of every other request. */
function failureOf(error: Error | DetailedError): ApiFailure {
  const response = error instanceof DetailedError ? error.originalResponse : null
  const status = response?.getStatus() ?? 0
  try {
    const body = JSON.parse(response?.getBody() ?? '') as { error: { code: string } }
    return { code: body.error.code, status, message: null }
  } catch {
    return { code: status === 413 ? 'too_large' : 'unreachable', status, message: null }
  }
}

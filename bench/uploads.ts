import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Stack } from '../e2e/support/stack.ts'
import { idOf, uploaderOf } from '../e2e/support/tus.ts'
import { freePort, kill, memoryMb, startServer, type Server } from './processes.ts'

const UPLOADS = 20
const MB = 1024 * 1024
const SIZE = 100 * MB
const CHUNK = new Uint8Array(5 * MB).fill(7)
const SAMPLE_MS = 50

/** Twenty files of 100 MB at once: how much memory the server takes for it, and how long. */
export async function uploadMemory(): Promise<
  { server: string; beforeMb: number; peakMb: number; seconds: number }[]
> {
  const stack = await Stack.start({ FILES_MAX_MB_PER_ACCOUNT: '5000' })
  const folder = await mkdtemp(path.join(os.tmpdir(), 'plain-'))
  const port = await freePort()
  const plain = await startServer('bench/plain-upload.ts', port, { FOLDER: folder })
  try {
    const token = (await (
      await fetch(`${stack.kommoUrl}/ajax/v2/integrations/demo-client-id/disposable_token`)
    ).json()) as { token: string }
    const uploader = uploaderOf(stack.product.url, token.token)
    const product: Server = { ...stack.product, startMs: 0 }
    return [
      await measured('baseline', plain, async name => {
        await fetch(`${plain.url}/${name}`, {
          method: 'PUT',
          body: hundredMegabytes(),
          duplex: 'half',
        } as RequestInit)
      }),
      await measured('product', product, async name => {
        const id = idOf(await uploader.create(SIZE, name))
        for (let at = 0; at < SIZE; at += CHUNK.length) {
          const sent = await uploader.send(id, at, CHUNK)
          if (sent.status !== 204) throw new Error(`An upload ended with ${sent.status}`)
        }
        if ((await uploader.file(id))['state'] !== 'ready') throw new Error('A file is not ready')
      }),
    ]
  } finally {
    await kill(plain)
    await stack.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function measured(name: string, server: Server, upload: (name: string) => Promise<void>) {
  // What a first request brings into memory is not an upload's.
  await upload('warm.bin')
  const beforeMb = memoryMb(server)
  let peakMb = beforeMb
  const sampler = setInterval(() => {
    peakMb = Math.max(peakMb, memoryMb(server))
  }, SAMPLE_MS)
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: UPLOADS }, (_, index) => upload(`file-${index}.bin`)))
  clearInterval(sampler)
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10
  return { server: name, beforeMb, peakMb, seconds }
}

function hundredMegabytes(): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    pull(controller) {
      if (sent >= SIZE) return controller.close()
      sent += CHUNK.length
      return controller.enqueue(CHUNK)
    },
  })
}

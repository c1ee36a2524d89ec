import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'

/**
 * Carries SQLite's write-ahead log over into the database from a thread of its own: on ours every few
 * hundred messages would wait for it. @returns stops it
 */
export function startCheckpoints(file: string, log: Logger): () => Promise<void> {
  const worker = new Worker(new URL('checkpoint-thread.ts', import.meta.url), { workerData: file })
  // Without it SQLite does the same on our thread, once the log is large.
  worker.once('error', error => log.error({ err: error }, 'checkpoints stopped'))
  worker.unref()
  return async () => {
    await worker.terminate()
  }
}

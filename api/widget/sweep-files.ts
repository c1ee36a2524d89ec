import { deleteFile, isStored, unkeptFiles } from '../../storage/files.ts'
import type { ApiServices } from '../services.ts'
import { UNFINISHED_LIFE_MS } from './uploads.ts'

/** Uploads that no step was saved with go after a week. */
const UNKEPT_LIFE_MS = 7 * 24 * 3600_000
const SWEEP_EVERY_MS = 3600_000

/** Removes unfinished and forgotten uploads, now and every hour. @returns stops it */
export function startFileSweep(services: ApiServices): () => void {
  const { clock, log } = services
  let cancel = (): void => undefined
  const sweep = () => {
    sweepFiles(services).catch((error: unknown) => log.error({ err: error }, 'file sweep failed'))
    cancel = clock.callAt(clock.now() + SWEEP_EVERY_MS, sweep)
  }
  sweep()
  return () => cancel()
}

/**
 * Our own, since the tus file store's `deleteExpired` takes every upload for unfinished: it compares
 * the size with the offset at creation, and would delete the files that bots use.
 */
export async function sweepFiles({ clock, database, fileStore }: ApiServices): Promise<void> {
  for (const id of await fileStore.idsUntouchedSince(clock.now() - UNFINISHED_LIFE_MS)) {
    if (!(await isStored(database, id))) await fileStore.remove(id)
  }
  for (const file of await unkeptFiles(database, clock.now() - UNKEPT_LIFE_MS)) {
    // The row first: without its bytes it would promise a file that is gone.
    await deleteFile(database, file.accountId, file.id)
    await fileStore.remove(file.id)
  }
}

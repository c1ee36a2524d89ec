import { deleteFile, forgottenFiles } from '../../storage/files.ts'
import type { ApiServices } from '../services.ts'

const UNFINISHED_LIFE_MS = 24 * 3600_000
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

export async function sweepFiles({ clock, database, fileStore }: ApiServices): Promise<void> {
  const now = clock.now()
  const before = { uploading: now - UNFINISHED_LIFE_MS, unkept: now - UNKEPT_LIFE_MS }
  for (const { id, accountId } of await forgottenFiles(database, before)) {
    // The row last: it is what the bytes are found by.
    await fileStore.remove(id)
    await deleteFile(database, accountId, id)
  }
}

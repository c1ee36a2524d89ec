import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Takes the data folder for this process: two of them on one SQLite database would both send. The lock
 * is SQLite's own, so the system lets go of it when the process dies, however it dies.
 * @returns lets go of it
 * @throws Error for a person to read, when another process has it
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true })
  const lock = new DatabaseSync(path.join(folder, 'lock'))
  try {
    lock.exec('begin exclusive')
  } catch {
    lock.close()
    throw new Error(
      `Another process already works on the data folder ${folder}. ` +
        'Stop it first, or give this one another DATABASE_URL. Several processes need PostgreSQL.',
    )
  }
  return () => lock.close()
}

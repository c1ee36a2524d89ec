import { constants, mkdirSync } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { FileStore } from '@tus/file-store'
import { ERRORS, type DataStore } from '@tus/server'

/**
 * Files' bytes, each under an id of our own making: on this machine's disk, or in an S3-compatible
 * bucket that several machines share.
 */
export type Store = {
  /** What the upload server writes to. */
  tus: DataStore
  /** @returns null when there is no such file */
  read(id: string): Promise<Readable | null>
  /** Removes a file, finished or not, and whatever belongs to it. */
  remove(id: string): Promise<void>
  /** Whether bytes can be written and read. @throws what is wrong, for a person to read */
  check(): Promise<void>
}

/** Room for one file of the largest size, and some. */
const FREE_MIN_MB = 200

/** @param url `file:<folder>` or `s3://<bucket>?endpoint=…&region=…` */
export async function openStore(url: string): Promise<Store> {
  if (!url.startsWith('s3:')) return diskStore(url)
  // Amazon's SDK is large: who keeps files on a disk does not load it.
  const { BucketStore } = await import('./bucket-store.ts')
  const tus = new BucketStore(new URL(url))
  return {
    tus,
    read: id => tus.read(checked(id)),
    remove: id => tus.remove(checked(id)),
    check: () => tus.check(),
  }
}

function diskStore(url: string): Store {
  const directory = path.resolve(url.replace(/^file:(?:\/\/)?/u, ''))
  mkdirSync(directory, { recursive: true })
  const tus = new FileStore({ directory })
  return {
    tus,
    async read(id) {
      const file = tus.read(checked(id))
      return new Promise((resolve, reject) => {
        file.once('open', () => resolve(file))
        file.once('error', (error: NodeJS.ErrnoException) =>
          error.code === 'ENOENT' ? resolve(null) : reject(error),
        )
      })
    },
    async remove(id) {
      await tus.remove(checked(id)).catch((error: unknown) => {
        if (error !== ERRORS.FILE_NOT_FOUND) throw error
      })
    },
    async check() {
      await access(directory, constants.R_OK | constants.W_OK)
      const { bavail, bsize } = await statfs(directory)
      const free = Math.floor((bavail * bsize) / 1024 / 1024)
      if (free < FREE_MIN_MB) throw new Error(`only ${free} MB are free on the disk`)
    },
  }
}

function checked(id: string): string {
  if (/^[A-Za-z0-9_-]+$/u.test(id)) return id
  throw new Error('A file id holds a character that we never use')
}

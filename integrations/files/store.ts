import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { FileStore } from '@tus/file-store'
import { S3Store } from '@tus/s3-store'
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
}

/** @param url `file:<folder>` or `s3://<bucket>?endpoint=…&region=…` */
export function openStore(url: string): Store {
  return url.startsWith('s3:') ? bucketStore(new URL(url)) : diskStore(url)
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
    remove: id => ignoreMissing(tus.remove(checked(id))),
  }
}

/** The keys come from where the AWS SDK looks for them, such as `AWS_ACCESS_KEY_ID`. */
function bucketStore(url: URL): Store {
  const endpoint = url.searchParams.get('endpoint')
  const tus = new Bucket({
    // Some S3-compatible stores know no tags; unfinished uploads are found by our own rows.
    useTags: false,
    s3ClientConfig: {
      bucket: url.host,
      region: url.searchParams.get('region') ?? 'us-east-1',
      ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    },
  })
  return {
    tus,
    read: id =>
      tus.read(checked(id)).catch((error: { name?: string }) => {
        if (error.name === 'NoSuchKey' || error.name === 'NotFound') return null
        throw error
      }),
    remove: id => ignoreMissing(tus.remove(checked(id))),
  }
}

/**
 * The store's own `remove` fails for a finished upload, whose parts cannot be aborted any more, and
 * leaves the object of a part that was cut off.
 */
class Bucket extends S3Store {
  override async remove(id: string): Promise<void> {
    const { 'upload-id': UploadId } = await this.getMetadata(id)
    const where = { Bucket: this.bucket }
    await ignoreMissing(this.client.abortMultipartUpload({ ...where, Key: id, UploadId }))
    const keys = [id, this.infoKey(id), this.partKey(id, true)]
    await this.client.deleteObjects({ ...where, Delete: { Objects: keys.map(Key => ({ Key })) } })
    await this.clearCache(id)
  }
}

async function ignoreMissing(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    const { name } = error as { name?: string }
    const isMissing =
      error === ERRORS.FILE_NOT_FOUND ||
      ['NoSuchUpload', 'NoSuchKey', 'NotFound'].includes(name ?? '')
    if (!isMissing) throw error
  }
}

function checked(id: string): string {
  if (/^[A-Za-z0-9_-]+$/u.test(id)) return id
  throw new Error('A file id holds a character that we never use')
}

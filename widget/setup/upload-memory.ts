import type { Upload } from 'tus-js-client'

type PreviousUpload = Awaited<ReturnType<Upload['findPreviousUploads']>>[number]
type UrlStorage = NonNullable<Upload['options']['urlStorage']>

/**
 * Where unfinished uploads are, kept in the tab: after a reload the same file, chosen again, goes on
 * where it stopped.
 */
const PREFIX = 'radist-cascade:upload:'

function entries(): PreviousUpload[] {
  try {
    return Object.keys(sessionStorage)
      .filter(key => key.startsWith(PREFIX))
      .map(key => {
        const stored = JSON.parse(sessionStorage.getItem(key) ?? '') as PreviousUpload
        return { ...stored, urlStorageKey: key }
      })
  } catch {
    return []
  }
}

export const uploadMemory: UrlStorage = {
  findAllUploads: () => Promise.resolve(entries()),
  findUploadsByFingerprint: fingerprint =>
    Promise.resolve(
      entries().filter(one => one.urlStorageKey.startsWith(`${PREFIX}${fingerprint}::`)),
    ),
  addUpload(fingerprint, upload) {
    const key = `${PREFIX}${fingerprint}::${crypto.randomUUID()}`
    try {
      sessionStorage.setItem(key, JSON.stringify(upload))
    } catch {
      // Without the tab's storage an upload begins anew after a reload.
    }
    return Promise.resolve(key)
  },
  removeUpload(key) {
    try {
      sessionStorage.removeItem(key)
    } catch {
      // It is no longer there then.
    }
    return Promise.resolve()
  },
}

/** The names of files whose upload a reload cut short. */
export function unfinishedUploads(): string[] {
  return entries().flatMap(({ metadata }) => {
    const name = metadata['filename']
    return name === undefined ? [] : [name]
  })
}

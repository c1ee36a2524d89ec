import { mkdtemp, open } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

/** Real files: a photograph-like JPEG, a second of H.264 video, a page of PDF. */
const folder = path.join(import.meta.dirname, 'files')
export const FILES = {
  jpeg: path.join(folder, 'bouquet.jpg'),
  mp4: path.join(folder, 'bouquet.mp4'),
  pdf: path.join(folder, 'care.pdf'),
}

/** A file of any size; its bytes are nulls, so it takes no room. */
export async function emptyFile(name: string, bytes: number): Promise<string> {
  const file = path.join(await mkdtemp(path.join(os.tmpdir(), 'cascade-files-')), name)
  const handle = await open(file, 'w')
  await handle.truncate(bytes)
  await handle.close()
  return file
}

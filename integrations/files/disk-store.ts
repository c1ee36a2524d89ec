import { createReadStream, mkdirSync } from 'node:fs'
import { open, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'

/** Files' bytes in a folder, each under an id of our own making. */
export class DiskStore {
  readonly folder: string

  /** @param url `file:<folder>` */
  constructor(url: string) {
    this.folder = path.resolve(url.replace(/^file:(?:\/\/)?/u, ''))
    mkdirSync(this.folder, { recursive: true })
  }

  /** @returns null when there is no such file */
  async read(id: string): Promise<ReadableStream<Uint8Array> | null> {
    const file = this.pathOf(id)
    const found = await stat(file).catch(() => null)
    return found?.isFile()
      ? (Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>)
      : null
  }

  /** The first bytes, by which a file's type is told. */
  async head(id: string, bytes: number): Promise<Uint8Array> {
    const file = await open(this.pathOf(id))
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  }

  /** Ids of files to which nothing was added since then. */
  async idsUntouchedSince(at: number): Promise<string[]> {
    const names = (await readdir(this.folder)).filter(name => !name.includes('.'))
    const ids: string[] = []
    for (const name of names) {
      const found = await stat(path.join(this.folder, name)).catch(() => null)
      if (found && found.mtimeMs < at) ids.push(name)
    }
    return ids
  }

  async remove(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true })
    await rm(`${this.pathOf(id)}.json`, { force: true })
  }

  private pathOf(id: string): string {
    if (!/^[A-Za-z0-9_-]+$/u.test(id))
      throw new Error('A file id holds a character that we never use')
    return path.join(this.folder, id)
  }
}

import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { imageSize } from 'image-size'
import { fileTypeFromBuffer } from 'file-type'

/** Enough for every signature that file-type knows, and for where a photo says how large it is. */
const HEAD_BYTES = 512 * 1024
const IMAGES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])
/** A few kilobytes can claim to be gigapixels: whoever shows such an image runs out of memory. */
const IMAGE_MAX_PIXELS = 50_000_000

export type FileFacts = { kind: 'image' | 'file'; mimeType: string; sha256: string }

/**
 * What a file is, by its bytes; its name and what the browser says of it are never believed. Only four
 * types go as images: SVG is a document that can hold scripts. Nothing is unpacked.
 */
export async function inspect(content: Readable): Promise<FileFacts> {
  const hash = createHash('sha256')
  const chunks: Uint8Array[] = []
  let kept = 0
  for await (const chunk of content as AsyncIterable<Uint8Array>) {
    hash.update(chunk)
    if (kept < HEAD_BYTES) chunks.push(chunk)
    kept += chunk.length
  }
  const head = new Uint8Array(Buffer.concat(chunks))
  return { ...(await sniff(head)), sha256: hash.digest('hex') }
}

async function sniff(head: Uint8Array): Promise<Pick<FileFacts, 'kind' | 'mimeType'>> {
  const type = await fileTypeFromBuffer(head).catch(() => undefined)
  const mimeType = type?.mime ?? 'application/octet-stream'
  return { kind: IMAGES.has(mimeType) && isModest(head) ? 'image' : 'file', mimeType }
}

function isModest(head: Uint8Array): boolean {
  try {
    const { width, height } = imageSize(head)
    return width * height <= IMAGE_MAX_PIXELS
  } catch {
    return false
  }
}

import { fileTypeFromBuffer } from 'file-type'

/** Enough for every signature that file-type knows. */
export const SNIFF_BYTES = 4100

const IMAGES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

/**
 * What a file is, by its bytes; its name and what the browser says of it are never believed. Only the
 * four image types go as images: SVG is a document that can hold scripts.
 */
export async function sniff(
  head: Uint8Array,
): Promise<{ kind: 'image' | 'file'; mimeType: string }> {
  const type = await fileTypeFromBuffer(head).catch(() => undefined)
  if (type && IMAGES.has(type.mime)) return { kind: 'image', mimeType: type.mime }
  return { kind: 'file', mimeType: type?.mime ?? 'application/octet-stream' }
}

import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { strToU8, strFromU8, zipSync, type Zippable } from 'fflate'
import { SERVER_URL_PLACEHOLDER } from '../../contracts/server-url.ts'

const DIST_FOLDER = path.resolve(import.meta.dirname, '../../dist')
/** Entries bear one fixed time, so the same widget makes the same archive. */
const ENTRY_TIME = new Date('2026-01-01T00:00:00Z')

/**
 * The widget's archive with a server's address in it: files at its root, as Kommo wants them.
 * @param variant `widget` for upload, `widget-review` with readable code for Kommo's moderation
 * @returns null when the widget is not built
 */
export async function widgetZip(
  variant: 'widget' | 'widget-review',
  serverUrl: string,
): Promise<Uint8Array | null> {
  const folder = path.join(DIST_FOLDER, variant)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => null)
  if (!entries) return null
  const files: Zippable = {}
  for (const entry of entries.filter(one => one.isFile())) {
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(folder, file).split(path.sep).join('/')
    const bytes = new Uint8Array(await readFile(file))
    const content =
      name.endsWith('.js') || name === 'manifest.json' ? withUrl(bytes, serverUrl) : bytes
    files[name] = [content, { mtime: ENTRY_TIME, level: 9 }]
  }
  return zipSync(files)
}

function withUrl(script: Uint8Array, serverUrl: string): Uint8Array {
  return strToU8(strFromU8(script).replaceAll(SERVER_URL_PLACEHOLDER, serverUrl))
}

import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import path from 'node:path'
import type { Context } from 'hono'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.twig': 'text/plain; charset=utf-8',
}

/** Serves a page's file. Its scripts are TypeScript: Node takes the types out, so there is no build. */
export async function servePageFile(
  context: Context,
  folder: string,
  name: string,
): Promise<Response> {
  const file = path.resolve(folder, name)
  if (!file.startsWith(folder + path.sep)) return context.text('Not found', 404)
  const plain = await readFile(file, 'utf8').catch(() => null)
  if (plain !== null) {
    const type = TYPES[path.extname(file)] ?? 'text/plain'
    return context.body(plain, 200, { 'content-type': type, 'cache-control': 'no-cache' })
  }
  const source = await readFile(file.replace(/\.js$/u, '.ts'), 'utf8').catch(() => null)
  if (source === null) return context.text('Not found', 404)
  return context.body(stripTypeScriptTypes(source), 200, {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'no-cache',
  })
}

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Hono } from 'hono'
import { HttpError } from './http-error.ts'
import { privacyPage } from './privacy-page.ts'
import type { ApiServices } from './services.ts'
import { widgetZip } from './widget/zip.ts'

const APP_FOLDER = path.resolve(import.meta.dirname, '../dist/app')
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}
/** Nothing foreign runs or is shown in the settings app but the account's own images. */
function securityHeaders({ FILES_PUBLIC_URL }: ApiServices['config']) {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self' 'unsafe-inline'",
      `img-src 'self' data: ${new URL(FILES_PUBLIC_URL).origin}`,
      "font-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  }
}

/** The build leaves a compressed twin beside what is worth it. */
const ENCODINGS = [
  { name: 'br', extension: '.br' },
  { name: 'gzip', extension: '.gz' },
] as const

async function readEncoded(
  file: string,
  accepted: string,
): Promise<{ content: Uint8Array<ArrayBuffer>; encoding: string | null } | null> {
  for (const { name, extension } of ENCODINGS) {
    if (!accepted.includes(name)) continue
    const content = await readFile(file + extension).catch(() => null)
    if (content) return { content: new Uint8Array(content), encoding: name }
  }
  const content = await readFile(file).catch(() => null)
  return content && { content: new Uint8Array(content), encoding: null }
}

/** The settings app, and the widget's archive with this server's own address in it. */
export function pagesRoutes({ config }: ApiServices): Hono {
  const app = new Hono()
  const security = securityHeaders(config)
  app.get('/', context => context.redirect('/app/'))
  app.get('/app', context => context.redirect('/app/'))
  app.get('/app/*', async context => {
    const wanted = decodeURIComponent(new URL(context.req.url).pathname.slice('/app/'.length))
    const file = path.resolve(APP_FOLDER, wanted)
    const isAsset = wanted.startsWith('assets/') && file.startsWith(APP_FOLDER + path.sep)
    const served = isAsset ? file : path.join(APP_FOLDER, 'index.html')
    const accepted = context.req.header('accept-encoding') ?? ''
    const found = await readEncoded(served, accepted)
    if (!found) {
      if (isAsset) throw new HttpError('not_found')
      throw new HttpError('unavailable', 'The settings app is not built: run `npm run build`.')
    }
    return context.body(found.content, 200, {
      ...security,
      ...(found.encoding ? { 'content-encoding': found.encoding } : {}),
      vary: 'accept-encoding',
      'content-type': TYPES[path.extname(served)] ?? 'application/octet-stream',
      'cache-control': isAsset ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
  })
  // The listing in Kommo's marketplace leads here.
  app.get('/privacy', context => privacyPage(context))
  app.get('/widget.zip', async context => {
    const zip = await widgetZip('widget', config.PUBLIC_URL)
    if (!zip) throw new HttpError('unavailable', 'The widget is not built: run `npm run build`.')
    return context.body(new Uint8Array(zip), 200, {
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="widget.zip"',
      'cache-control': 'no-cache',
    })
  })
  return app
}

import { Readable } from 'node:stream'
import { Hono } from 'hono'
import { findFile } from '../storage/files.ts'
import { HttpError } from './http-error.ts'
import type { ApiServices } from './services.ts'

/** `/files/{signed}`: a file, for messengers and previews. Only sniffed images are shown in place. */
export function filesRoute({ database, fileLinks, fileStore, clock }: ApiServices): Hono {
  const app = new Hono()
  app.get('/:signed', async context => {
    const link = fileLinks.read(context.req.param('signed'), clock.now())
    const file = link && (await findFile(database, link.accountId, link.fileId))
    if (file?.state !== 'ready') throw new HttpError('not_found')
    // Nobody reads the body of a HEAD's answer, so it would stay open.
    const content =
      context.req.method === 'HEAD' ? Readable.from([]) : await fileStore.read(file.id)
    if (!content) throw new HttpError('not_found')
    const disposition = file.kind === 'image' ? 'inline' : 'attachment'
    return context.body(Readable.toWeb(content) as ReadableStream<Uint8Array>, 200, {
      'content-type': file.mimeType,
      'content-length': String(file.size),
      'content-disposition': `${disposition}; filename*=UTF-8''${encodeFileName(file.name)}`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'private, max-age=3600',
    })
  })
  return app
}

/** RFC 5987: what encodeURIComponent leaves as it is, but the header does not allow. */
function encodeFileName(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /['()*]/gu,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

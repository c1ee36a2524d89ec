import { randomBytes } from 'node:crypto'
import { FileStore } from '@tus/file-store'
import { Server, Upload } from '@tus/server'
import { Hono } from 'hono'
import { FILE_MAX_BYTES, FILE_NAME_MAX_CHARACTERS } from '../../contracts/message.ts'
import { sniff, SNIFF_BYTES } from '../../integrations/files/sniff.ts'
import { insertFile } from '../../storage/files.ts'
import { HttpError } from '../http-error.ts'
import type { ApiServices } from '../services.ts'
import { requirePageToken, widgetCors, type WidgetVariables } from './auth.ts'

export const UNFINISHED_LIFE_MS = 24 * 3600_000

/** Resumable uploads (tus). Every request bears the page's token and only reaches its own account's. */
export function uploadsRoute(services: ApiServices): Hono<WidgetVariables> {
  const { database, fileStore, clock } = services
  const store = new FileStore({
    directory: fileStore.folder,
    expirationPeriodInMilliseconds: UNFINISHED_LIFE_MS,
  })
  const tus = new Server({
    path: '/api/widget/uploads',
    datastore: store,
    maxSize: FILE_MAX_BYTES,
    relativeLocation: true,
    // Our own middleware answers for CORS.
    disableTerminationForFinishedUploads: true,
    namingFunction: () => randomBytes(18).toString('base64url'),
    async onUploadFinish(_request, upload) {
      const accountId = Number(upload.metadata?.['accountId'])
      const { kind, mimeType } = await sniff(await fileStore.head(upload.id, SNIFF_BYTES))
      const name = safeName(upload.metadata?.['filename'])
      const size = upload.size ?? 0
      await insertFile(
        database,
        { id: upload.id, accountId, name, size, kind, mimeType },
        clock.now(),
      )
      return {}
    },
  })

  const app = new Hono<WidgetVariables>()
  app.use('*', widgetCors(services), requirePageToken(services))
  app.post('/', async context => {
    const length = Number(context.req.header('upload-length'))
    if (length > FILE_MAX_BYTES) throw new HttpError('too_large')
    if (length === 0) throw new HttpError('invalid_request', 'The file is empty.')
    // The account is set here and cannot be said by the client.
    const metadata = new Map<string, string>(
      (context.req.header('upload-metadata') ?? '')
        .split(',')
        .map(pair => pair.trim().split(' '))
        .flatMap(([key, value]) =>
          key === 'filename' && value ? [[key, value] as [string, string]] : [],
        ),
    )
    metadata.set('accountId', btoa(String(context.get('account').id)))
    const request = new Request(context.req.raw)
    request.headers.set(
      'upload-metadata',
      [...metadata].map(([key, value]) => `${key} ${value}`).join(','),
    )
    return tus.handleWeb(request)
  })
  app.on(['HEAD', 'PATCH', 'DELETE'], '/:id', async context => {
    const upload = await store.getUpload(context.req.param('id')).catch(() => null)
    if (!(upload instanceof Upload)) throw new HttpError('not_found')
    if (Number(upload.metadata?.['accountId']) !== context.get('account').id) {
      throw new HttpError('not_found')
    }
    return tus.handleWeb(context.req.raw)
  })
  return app
}

/** Only for show and for the messenger: the stored file bears an id of ours. */
function safeName(name: string | null | undefined): string {
  const last = (name ?? '').split(/[\\/]/u).at(-1) ?? ''
  const clean = last.replaceAll(/[\p{Cc}\p{Cf}]/gu, '').trim()
  if (clean.length <= FILE_NAME_MAX_CHARACTERS) return clean || 'file'
  const extension = /\.[A-Za-z0-9]{1,10}$/u.exec(clean)?.[0] ?? ''
  return clean.slice(0, FILE_NAME_MAX_CHARACTERS - extension.length) + extension
}

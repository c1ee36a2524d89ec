import { randomBytes } from 'node:crypto'
import { Server } from '@tus/server'
import { Hono } from 'hono'
import { FILE_MAX_BYTES, FILE_NAME_MAX_CHARACTERS } from '../../contracts/message.ts'
import { inspect } from '../../integrations/files/inspect.ts'
import { deleteFile, findFile, finishFile, reserveFile } from '../../storage/files.ts'
import type { StoredFile } from '../../storage/files.ts'
import { HttpError } from '../http-error.ts'
import type { ApiServices } from '../services.ts'
import { requirePageToken, widgetCors, type WidgetVariables } from './auth.ts'

/** Uploads that one account may have under way. */
const MAX_UNFINISHED = 50

/** Resumable uploads (tus). Every request bears the page's token and only reaches its own account's. */
export function uploadsRoute(services: ApiServices): Hono<WidgetVariables> {
  const { clock, config, database, fileStore, transact, uploadLocker } = services
  const quota = {
    maxBytes: config.FILES_MAX_MB_PER_ACCOUNT * 1024 * 1024,
    maxFiles: config.FILES_MAX_PER_ACCOUNT,
    maxUnfinished: MAX_UNFINISHED,
  }
  const tus = new Server({
    path: '/api/widget/uploads',
    datastore: fileStore.tus,
    ...(uploadLocker ? { locker: uploadLocker } : {}),
    maxSize: FILE_MAX_BYTES,
    relativeLocation: true,
    disableTerminationForFinishedUploads: true,
    namingFunction: (_request, metadata) => metadata?.['id'] ?? '',
    async onUploadFinish(_request, upload) {
      const accountId = Number(upload.metadata?.['accountId'])
      await finishUpload(services, accountId, upload.id)
      return {}
    },
  })

  const app = new Hono<WidgetVariables>()
  // tus's own answer for CORS would let every site in.
  app.use('*', widgetCors(services), requirePageToken(services))
  app.post('/', async context => {
    const { id: accountId } = context.get('account')
    const length = context.req.header('upload-length') ?? ''
    if (!/^\d{1,15}$/u.test(length)) {
      throw new HttpError('invalid_request', 'Upload-Length must say the size in bytes.')
    }
    const size = Number(length)
    if (size > FILE_MAX_BYTES) throw new HttpError('too_large')
    if (size === 0) throw new HttpError('invalid_request', 'The file is empty.')
    const id = randomBytes(18).toString('base64url')
    const name = safeName(fileNameOf(context.req.header('upload-metadata')))
    const reserved = await transact(accountId, transaction =>
      reserveFile(transaction, { id, accountId, name, size }, quota, clock.now()),
    )
    if (reserved !== 'reserved') throw new HttpError(reserved)
    const request = new Request(context.req.raw)
    request.headers.set('upload-metadata', `id ${btoa(id)},accountId ${btoa(String(accountId))}`)
    const answer = await tus.handleWeb(request)
    if (answer.status !== 201) await deleteFile(database, accountId, id)
    return answer
  })
  // Hono routes HEAD as GET. A real GET would read the bytes, which only signed links may.
  app.on(['GET', 'PATCH', 'DELETE'], '/:id', async context => {
    if (context.req.method === 'GET') throw new HttpError('not_found')
    const { id: accountId } = context.get('account')
    const id = context.req.param('id')
    const file = await findFile(database, accountId, id)
    if (!file) throw new HttpError('not_found')
    const answer = await tus.handleWeb(context.req.raw)
    const isRemoved = context.req.method === 'DELETE' && answer.status === 204
    // Whoever sends more than was announced is not believed any further.
    const isTooLong = file.state === 'uploading' && answer.status === 413
    if (isRemoved || isTooLong) await deleteFile(database, accountId, id)
    if (isTooLong) await fileStore.remove(id)
    return answer
  })
  return app
}

/**
 * The facts of a file whose bytes are all there. May be called again: a stop of ours may have come
 * between the last byte and its facts.
 * @returns the file, still `uploading` while bytes are missing
 */
export async function finishUpload(
  { database, fileStore, scans }: ApiServices,
  accountId: number,
  id: string,
): Promise<StoredFile | null> {
  const file = await findFile(database, accountId, id)
  if (file?.state !== 'uploading') return file
  const upload = await fileStore.tus.getUpload(id).catch(() => null)
  if (!upload || upload.offset !== upload.size) return file
  const content = await fileStore.read(id)
  if (!content) return file
  const facts = await inspect(content)
  const state = scans ? 'scanning' : 'ready'
  await finishFile(database, accountId, id, { ...facts, state })
  scans?.wake()
  return findFile(database, accountId, id)
}

function fileNameOf(metadata: string | undefined): string {
  const pair = (metadata ?? '').split(',').map(one => one.trim().split(' '))
  const encoded = pair.find(([key]) => key === 'filename')?.[1] ?? ''
  return Buffer.from(encoded, 'base64').toString('utf8')
}

/** Only for show and for the messenger: the stored file bears an id of ours. */
function safeName(name: string): string {
  const last = name.split(/[\\/]/u).at(-1) ?? ''
  const clean = last.replaceAll(/[\p{Cc}\p{Cf}]/gu, '').trim()
  if (clean.length <= FILE_NAME_MAX_CHARACTERS) return clean || 'file'
  const extension = /\.[A-Za-z0-9]{1,10}$/u.exec(clean)?.[0] ?? ''
  return clean.slice(0, FILE_NAME_MAX_CHARACTERS - extension.length) + extension
}

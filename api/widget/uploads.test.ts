import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FILES } from '../../e2e/support/files.ts'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { idOf, uploaderOf, type Uploader } from '../../e2e/support/tus.ts'
import { sweepFiles } from './sweep-files.ts'
import { hookToken, pageToken } from '../../emulators/kommo/tokens.ts'

let stack: Awaited<ReturnType<typeof startInProcess>>
let uploader: Uploader
beforeAll(async () => {
  stack = await startInProcess({ isSynced: false })
  const token = await pageToken(stack.integration, stack.kommo.url, { id: 504, isAdmin: true })
  uploader = uploaderOf(stack.url, token)
})
afterAll(() => stack.stop())

const LIMIT = 104_857_600

const call: Uploader['call'] = (...request) => uploader.call(...request)
const create: Uploader['create'] = (...request) => uploader.create(...request)

async function upload(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): Promise<Record<string, unknown>> {
  return uploader.file(await uploader.upload(bytes, name))
}

describe('an upload', () => {
  it('of a JPEG is an image, whatever its name says, and is served as one', async () => {
    const bytes = new Uint8Array(await readFile(FILES.jpeg))
    const file = await upload(bytes, 'letter.pdf')
    expect(file).toMatchObject({
      kind: 'image',
      mimeType: 'image/jpeg',
      size: bytes.length,
      name: 'letter.pdf',
    })
    const served = await fetch(String(file['url']))
    expect(served.headers.get('content-type')).toBe('image/jpeg')
    expect(new Uint8Array(await served.arrayBuffer())).toEqual(bytes)
  })

  it.each([
    ['an MP4', () => readFile(FILES.mp4), 'clip.mp4', 'video/mp4'],
    ['a PDF', () => readFile(FILES.pdf), 'care.pdf', 'application/pdf'],
    [
      'an SVG',
      async () => Buffer.from('<svg onload="alert(1)"></svg>'),
      'x.png',
      'application/octet-stream',
    ],
    [
      'HTML',
      async () => Buffer.from('<script>alert(1)</script>'),
      'x.jpg',
      'application/octet-stream',
    ],
  ])('of %s is a file, and is served for download only', async (_kind, read, name, mimeType) => {
    const file = await upload(new Uint8Array(await read()), name)
    expect(file).toMatchObject({ kind: 'file', mimeType })
    const served = await fetch(String(file['url']))
    expect(served.headers.get('content-disposition')).toContain('attachment')
    expect(served.headers.get('x-content-type-options')).toBe('nosniff')
    await served.body?.cancel()
  })

  it('of 100 MB may begin, one byte more is refused before anything is sent', async () => {
    expect((await create(LIMIT)).status).toBe(201)
    const refused = await create(LIMIT + 1)
    expect(refused.status).toBe(413)
    expect(await refused.json()).toMatchObject({ error: { code: 'too_large' } })
  })

  it('says how far it is, goes on from there, and shows its bytes to nobody', async () => {
    const created = await create(6)
    const id = idOf(created)
    const patch = (offset: number, bytes: number[]) =>
      call(
        `/uploads/${id}`,
        'PATCH',
        { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
        new Uint8Array(bytes),
      )
    expect((await patch(0, [1, 2, 3, 4])).status).toBe(204)
    const asked = await call(`/uploads/${id}`, 'HEAD')
    expect([asked.status, asked.headers.get('upload-offset')]).toEqual([200, '4'])
    expect((await call(`/uploads/${id}`, 'GET')).status).toBe(404)
    // Bytes that the server has already are not written twice.
    expect((await patch(0, [9, 9])).status).toBe(409)
    expect((await patch(4, [5, 6])).status).toBe(204)
    expect(await (await call(`/files/${id}`, 'GET')).json()).toMatchObject({
      state: 'ready',
      size: 6,
    })
  })

  it('cannot be made longer than it was announced', async () => {
    const created = await create(4)
    const id = idOf(created)
    const headers = { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' }
    const answer = await call(`/uploads/${id}`, 'PATCH', headers, new Uint8Array(1000))
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect((await call(`/files/${id}`, 'GET')).status).toBe(404)
  })

  it('of nothing is refused', async () => {
    expect((await create(0)).status).toBe(400)
  })

  it('gets a safe name', async () => {
    const file = await upload(new Uint8Array([1, 2, 3]), '../../etc/pass\u0000wd')
    expect(file['name']).toBe('passwd')
    const long = await upload(new Uint8Array([1, 2, 3]), `${'x'.repeat(400)}.pdf`)
    expect(String(long['name'])).toHaveLength(200)
    expect(String(long['name'])).toMatch(/\.pdf$/u)
  })
})

describe('the widget’s API', () => {
  it('lets nobody in without a valid token of the page', async () => {
    const hook = await hookToken(stack.integration, stack.kommo.url, stack.url, {
      type: 2,
      id: 2001,
    })
    for (const wrong of ['', 'abc', hook]) {
      const answer = await call('/form', 'GET', { 'x-auth-token': wrong })
      expect(answer.status).toBe(401)
      const started = await call('/uploads', 'POST', {
        'x-auth-token': wrong,
        'upload-length': '1',
      })
      expect(started.status).toBe(401)
    }
  })

  it('takes the same token many times', async () => {
    for (let time = 0; time < 3; time++) expect((await call('/form', 'GET')).status).toBe(200)
  })

  it('answers other sites without the header that would let them read', async () => {
    const mine = new URL(stack.kommo.url).origin
    const preflight = (origin: string) => call('/form', 'OPTIONS', { origin })
    expect((await preflight(mine)).headers.get('access-control-allow-origin')).toBe(mine)
    for (const origin of ['https://evil.example', 'null', `${mine}.evil.example`]) {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull()
      const answer = await call('/form', 'GET', { origin })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('gives no file to another account', async () => {
    const { id } = (await upload(new Uint8Array([1, 2, 3]), 'a.bin')) as { id: string }
    await stack.services.database
      .updateTable('files')
      .set({ account_id: 1 })
      .where('id', '=', id)
      .execute()
    expect((await call(`/files/${id}`, 'GET')).status).toBe(404)
    expect((await call(`/files/${id}/keep`, 'POST')).status).toBe(404)
  })
})

describe('the sweep', () => {
  const DAY_MS = 24 * 3600_000
  const later = (days: number) => ({
    ...stack.services,
    clock: { ...stack.services.clock, now: () => Date.now() + days * DAY_MS },
  })
  const exists = async (id: string) =>
    (await stack.services.fileStore.read(id))?.destroy() !== undefined

  it('takes uploads that were never finished after a day, and those that no step kept after a week', async () => {
    const bytes = new Uint8Array([1, 2, 3])
    const { id: kept } = (await upload(bytes, 'kept')) as { id: string }
    const { id: forgotten } = (await upload(bytes, 'forgotten')) as { id: string }
    const unfinished = idOf(await create(10))
    expect((await call(`/files/${kept}/keep`, 'POST')).status).toBe(200)
    await sweepFiles(later(2))
    expect([await exists(kept), await exists(forgotten), await exists(unfinished)]).toEqual([
      true,
      true,
      false,
    ])
    await sweepFiles(later(400))
    expect([await exists(kept), await exists(forgotten)]).toEqual([true, false])
    expect((await call(`/files/${forgotten}`, 'GET')).status).toBe(404)
  })
})

describe('a file’s link', () => {
  it('works only as it was signed, and not for ever', async () => {
    const { fileLinks, clock } = stack.services
    const link = fileLinks.url(31_415_926, 'abcdefghijkl', clock.now()).split('/').at(-1) ?? ''
    expect(fileLinks.read(link, clock.now())).toEqual({
      accountId: 31_415_926,
      fileId: 'abcdefghijkl',
    })
    expect(fileLinks.read(link.replace('31415926', '31415927'), clock.now())).toBeNull()
    expect(fileLinks.read(link, clock.now() + 72 * 3600_000)).toBeNull()
    expect((await fetch(`${stack.url}/files/nonsense`)).status).toBe(404)
  })
})

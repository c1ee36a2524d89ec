import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { zipSync } from 'fflate'
import { startBucket, type Bucket } from '../../e2e/support/bucket.ts'
import { EICAR, FakeClamd } from '../../e2e/support/fake-clamd.ts'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { until } from '../../e2e/support/until.ts'
import { idOf, uploaderOf, type Uploader } from '../../e2e/support/tus.ts'
import { pageToken } from '../../emulators/kommo/tokens.ts'
import { sweepFiles } from './sweep-files.ts'

const MB = 1024 * 1024
const DAY_MS = 24 * 3600_000
type Stack = Awaited<ReturnType<typeof startInProcess>>
const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end()
})

async function start(
  environment: Record<string, string> = {},
): Promise<{ stack: Stack; uploader: Uploader }> {
  const stack = await startInProcess({ isSynced: false, environment })
  endings.push(() => stack.stop())
  const token = await pageToken(stack.integration, stack.kommo.url, { id: 504, isAdmin: true })
  return { stack, uploader: uploaderOf(stack.url, token) }
}

async function startS3(): Promise<Bucket> {
  const bucket = await startBucket()
  endings.push(() => bucket.stop())
  Object.assign(process.env, bucket.environment)
  return bucket
}

function later(stack: Stack, days: number) {
  const now = () => Date.now() + days * DAY_MS
  return { ...stack.services, clock: { ...stack.services.clock, now } }
}

function randomBytesOf(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(size, at + 65_536)))
  }
  return bytes
}

describe.each(['disk', 'bucket'] as const)('on a %s, a file', kind => {
  async function startOn() {
    const s3 = kind === 'bucket' ? await startS3() : null
    const started = await start(s3 ? { FILES_URL: s3.url } : {})
    return { ...started, s3 }
  }

  it('is sent in parts, served as it came, and hashed', async () => {
    const { stack, uploader } = await startOn()
    const bytes = randomBytesOf(12 * MB)
    const id = idOf(await uploader.create(bytes.length, 'film.mov'))
    for (let at = 0; at < bytes.length; at += 5 * MB) {
      const sent = await uploader.send(id, at, bytes.slice(at, at + 5 * MB))
      expect(sent.status).toBe(204)
      const asked = await uploader.call(`/uploads/${id}`, 'HEAD')
      expect(asked.headers.get('upload-offset')).toBe(String(Math.min(bytes.length, at + 5 * MB)))
    }
    const file = await uploader.file(id)
    expect(file).toMatchObject({ state: 'ready', size: bytes.length, name: 'film.mov' })
    const served = await fetch(String(file['url']))
    expect(Buffer.from(await served.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true)
    const row = await stack.services.database
      .selectFrom('files')
      .select('sha256')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    expect(row.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  it('that was never finished, or that no step kept, leaves nothing after the sweep', async () => {
    const { stack, uploader, s3 } = await startOn()
    const kept = await uploader.upload(new Uint8Array([1, 2, 3]), 'kept')
    expect((await uploader.call(`/files/${kept}/keep`, 'POST')).status).toBe(200)
    const forgotten = await uploader.upload(randomBytesOf(6 * MB), 'forgotten')
    const unfinished = idOf(await uploader.create(11 * MB))
    await uploader.send(unfinished, 0, randomBytesOf(6 * MB))
    await sweepFiles(later(stack, 8))
    const { fileStore } = stack.services
    const exists = async (id: string) => (await fileStore.read(id))?.destroy() !== undefined
    expect([await exists(kept), await exists(forgotten), await exists(unfinished)]).toEqual([
      true,
      false,
      false,
    ])
    const names = s3 ? await s3.objects() : await readdir(stack.filesFolder)
    expect(names.filter(name => !name.includes(kept))).toEqual([])
  })

  it('that is taken back while it comes leaves nothing', async () => {
    const { stack, uploader, s3 } = await startOn()
    const id = idOf(await uploader.create(11 * MB))
    await uploader.send(id, 0, randomBytesOf(5 * MB))
    expect((await uploader.call(`/uploads/${id}`, 'DELETE')).status).toBe(204)
    expect((await uploader.call(`/uploads/${id}`, 'HEAD')).status).toBe(404)
    expect(s3 ? await s3.objects() : await readdir(stack.filesFolder)).toEqual([])
  })

  it('that lies about its length is refused, and nothing of it stays', async () => {
    const { stack, uploader, s3 } = await startOn()
    const lying = idOf(await uploader.create(4))
    expect((await uploader.send(lying, 0, randomBytesOf(1000))).status).toBe(413)
    // Without a length the body is cut off at what was announced.
    const streamed = idOf(await uploader.create(4))
    const endless = new ReadableStream<Uint8Array>({
      pull: controller => controller.enqueue(new Uint8Array(65_536)),
    })
    const answer = await uploader.send(streamed, 0, endless).catch(() => null)
    expect(answer?.status ?? 413).toBe(413)
    await until('the end of both', async () => {
      const names = s3 ? await s3.objects() : await readdir(stack.filesFolder)
      return names.length === 0
    })
    for (const id of [lying, streamed]) {
      expect((await uploader.call(`/files/${id}`, 'GET')).status).toBe(404)
    }
  })
})

describe('an upload', () => {
  it('must say its length, or nothing is begun', async () => {
    const { uploader } = await start()
    for (const headers of [
      {},
      { 'upload-defer-length': '1' },
      { 'upload-length': '-1' },
      { 'upload-length': '1e3' },
      { 'upload-length': 'NaN' },
    ]) {
      expect((await uploader.call('/uploads', 'POST', headers)).status).toBe(400)
    }
  })

  it('whose facts a stop of ours cut off gets them when it is asked for', async () => {
    const { stack, uploader } = await start()
    const id = await uploader.upload(new Uint8Array([1, 2, 3]))
    await stack.services.database
      .updateTable('files')
      .set({ state: 'uploading', sha256: null })
      .where('id', '=', id)
      .execute()
    expect(await uploader.file(id)).toMatchObject({ state: 'ready' })
  })

  it.each([
    '../../../../etc/passwd',
    '/etc/passwd',
    'C:\\windows\\system32\\x.dll',
    'a\u0000b.pdf',
    '../uploads-evil/x',
    `${'é'.repeat(300)}.pdf`,
    '\u202Egpj.exe',
    '<img src=x onerror=alert(1)>.png',
    '',
  ])('called %j lies under a name of ours, and its own is safe to show', async name => {
    const { stack, uploader } = await start()
    const id = await uploader.upload(new Uint8Array([1]), name)
    expect((await readdir(stack.filesFolder)).toSorted()).toEqual([id, `${id}.json`])
    const shown = String((await uploader.file(id))['name'])
    expect(shown).toMatch(/^[^/\\\p{Cc}\p{Cf}]{1,200}$/u)
  })

  it('of an archive that would unpack to a gigabyte is stored as it is, for download only', async () => {
    const { uploader } = await start()
    const bomb = zipSync({ 'x.bin': new Uint8Array(200 * MB) }, { level: 9 })
    const before = process.memoryUsage().rss
    const file = await uploader.file(await uploader.upload(new Uint8Array(bomb), 'x.docx'))
    expect(file).toMatchObject({ kind: 'file', size: bomb.length })
    const served = await fetch(String(file['url']))
    expect(served.headers.get('content-disposition')).toMatch(/^attachment/u)
    await served.body?.cancel()
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MB)
  })

  it('of an image that claims to be gigapixels goes as a file', async () => {
    const { uploader } = await start()
    // A PNG's header: signature, then IHDR with width and height.
    const png = Buffer.alloc(64)
    png.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])
    png.write('IHDR', 12, 'latin1')
    png.writeUInt32BE(50_000, 16)
    png.writeUInt32BE(50_000, 20)
    const file = await uploader.file(await uploader.upload(new Uint8Array(png), 'small.png'))
    expect(file).toMatchObject({ kind: 'file', mimeType: 'image/png' })
  })
})

describe('a file’s link', () => {
  it('leads to the separate host for files, where there is one, and bears no script', async () => {
    const { uploader } = await start({ FILES_PUBLIC_URL: 'https://files.example' })
    const html = new Uint8Array(Buffer.from('<script>alert(1)</script>'))
    const { url } = await uploader.file(await uploader.upload(html, 'page.png'))
    expect(String(url)).toMatch(/^https:\/\/files\.example\/files\//u)
    const here = String(url).replace('https://files.example', uploader.url)
    const served = await fetch(here)
    expect(Object.fromEntries(served.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': expect.stringMatching(/^attachment/u) as unknown,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
    })
    await served.body?.cancel()
    // Asking for its head alone neither reads nor holds the file.
    const head = await fetch(here, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(html.length)])
  })
})

describe('an account', () => {
  it('cannot take more room than it has, whatever it sends at once', async () => {
    const { uploader } = await start({ FILES_MAX_MB_PER_ACCOUNT: '3' })
    const answers = await Promise.all(Array.from({ length: 6 }, () => uploader.create(MB)))
    expect(answers.map(one => one.status).toSorted()).toEqual([201, 201, 201, 413, 413, 413])
    const refused = answers.find(one => one.status === 413)
    expect(await refused?.json()).toMatchObject({ error: { code: 'quota_exceeded' } })
    const id = idOf(answers.find(one => one.status === 201) ?? new Response())
    expect((await uploader.call(`/uploads/${id}`, 'DELETE')).status).toBe(204)
    expect((await uploader.create(MB)).status).toBe(201)
  })

  it('cannot store countless tiny files, while others can', async () => {
    const { stack, uploader } = await start({ FILES_MAX_PER_ACCOUNT: '5' })
    for (let count = 0; count < 5; count++) await uploader.upload(new Uint8Array([count]))
    expect((await uploader.create(1)).status).toBe(413)
    await stack.services.database.updateTable('files').set({ account_id: 1 }).execute()
    expect((await uploader.create(1)).status).toBe(201)
  })

  it('cannot begin countless uploads', async () => {
    const { uploader } = await start()
    const answers = await Promise.all(Array.from({ length: 60 }, () => uploader.create(1000)))
    expect(answers.filter(one => one.status === 201)).toHaveLength(50)
    const refused = answers.filter(one => one.status === 429)
    expect(refused).toHaveLength(10)
    expect(await refused[0]?.json()).toMatchObject({ error: { code: 'too_many_uploads' } })
  })

  it('does not reach another’s upload or file by its id', async () => {
    const { stack, uploader } = await start()
    const file = await uploader.upload(new Uint8Array([1, 2, 3]))
    const unfinished = idOf(await uploader.create(10))
    await stack.services.database.updateTable('files').set({ account_id: 1 }).execute()
    expect((await uploader.call(`/files/${file}`, 'GET')).status).toBe(404)
    expect((await uploader.call(`/files/${file}/keep`, 'POST')).status).toBe(404)
    expect((await uploader.call(`/uploads/${unfinished}`, 'HEAD')).status).toBe(404)
    expect((await uploader.send(unfinished, 0, new Uint8Array(10))).status).toBe(404)
    expect((await uploader.call(`/uploads/${unfinished}`, 'DELETE')).status).toBe(404)
  })
})

describe('the virus scan', () => {
  async function startScanned() {
    const clamd = await FakeClamd.start()
    endings.push(() => clamd.stop())
    return { clamd, ...(await start({ CLAMD_URL: clamd.url })) }
  }
  const stateOf = async (uploader: Uploader, id: string) => (await uploader.file(id))['state']

  it('lets a clean file through, byte for byte', async () => {
    const { clamd, uploader } = await startScanned()
    const id = await uploader.upload(randomBytesOf(3 * MB))
    await until('the scan', async () => (await stateOf(uploader, id)) === 'ready')
    expect(clamd.scanned).toBe(1)
  })

  it('names an infected one, deletes its bytes, and lets no step keep it', async () => {
    const { stack, uploader } = await startScanned()
    const id = await uploader.upload(new Uint8Array(Buffer.from(`text ${EICAR}`)))
    await until('the scan', async () => (await stateOf(uploader, id)) === 'infected')
    await until('the removal', async () => (await readdir(stack.filesFolder)).length === 0)
    expect((await uploader.file(id))['url']).toBeNull()
    const kept = await uploader.call(`/files/${id}/keep`, 'POST')
    expect(await kept.json()).toMatchObject({ error: { code: 'file_not_ready' } })
  })

  it('that gives no verdict on one file lets the others through', async () => {
    const { clamd, uploader } = await startScanned()
    clamd.refuses = 'too large for the scanner'
    const odd = await uploader.upload(new Uint8Array(Buffer.from('too large for the scanner')))
    const next = await uploader.upload(new Uint8Array([1, 2, 3]))
    await until('the scan', async () => (await stateOf(uploader, next)) === 'ready')
    expect(await stateOf(uploader, odd)).toBe('scanning')
  })

  it('that does not answer keeps files waiting, and none is shown or sent meanwhile', async () => {
    const { clamd, stack, uploader } = await startScanned()
    clamd.isMute = true
    const id = await uploader.upload(new Uint8Array([1, 2, 3]))
    expect(await stateOf(uploader, id)).toBe('scanning')
    const { fileLinks, clock } = stack.services
    const account = (await stack.services.accounts.list(stack.services.database))[0]
    const link = fileLinks.url(account?.id ?? 0, id, clock.now())
    expect((await fetch(link)).status).toBe(404)
    expect((await uploader.call(`/files/${id}/keep`, 'POST')).status).toBe(409)
    clamd.isMute = false
    stack.services.scans?.wake()
    await until('the scan', async () => (await stateOf(uploader, id)) === 'ready')
    expect((await fetch(link)).status).toBe(200)
  })
})

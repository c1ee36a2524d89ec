import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import { userEvent } from 'vitest/browser'
import { errorBody, API_ERRORS, type ApiErrorCode } from '../../contracts/errors.ts'
import { parseMessage } from '../../contracts/message.ts'
import { openForm, type OpenForm } from '../testing/open-form.ts'
import { product, SERVER_URL } from '../../ui/testing/product.ts'

const UPLOADS = `${SERVER_URL}/api/widget/uploads`
const MB = 1024 * 1024

function fileOf(bytes: number, name = 'catalogue.bin'): File {
  return new File([new Uint8Array(bytes).fill(7)], name, { lastModified: 1 })
}

/** Chooses a file as a person does, without the browser's own window. */
function choose({ area }: OpenForm, file: File): void {
  const input = (area.getRootNode() as ShadowRoot).querySelector('input[type=file]')
  if (!(input instanceof HTMLInputElement)) throw new Error('No file input')
  const data = new DataTransfer()
  data.items.add(file)
  input.files = data.files
  input.dispatchEvent(new Event('change', { bubbles: true }))
}

/** What passes between the form and the server, by method. */
function watch(): { method: string; bytes: number }[] {
  const seen: { method: string; bytes: number }[] = []
  product.use(
    http.all(`${UPLOADS}*`, async ({ request }) => {
      const bytes = (await request.clone().arrayBuffer()).byteLength
      seen.push({ method: request.method, bytes })
    }),
  )
  return seen
}

const save = (opened: OpenForm) => opened.form.getByRole('button', { name: 'Save', exact: true })

describe('a file', () => {
  it('is uploaded, kept and saved with the message', async () => {
    const opened = await openForm()
    choose(opened, fileOf(3072))
    await expect.element(opened.form.getByText('Sent as a file · 3 KB')).toBeVisible()
    await userEvent.click(save(opened))
    await expect.poll(() => opened.saved.length).toBe(1)
    expect(parseMessage(opened.saved[0] ?? '')).toMatchObject({
      ok: true,
      message: { text: '', file: { name: 'catalogue.bin', size: 3072, kind: 'file' } },
    })
  })

  it.each([
    [fileOf(0), 'The file is empty.'],
    [
      Object.defineProperty(fileOf(1), 'size', { value: 100 * MB + 1 }),
      'The file is larger than 100 MB.',
    ],
  ])('is refused before a byte is sent: %#', async (file, reason) => {
    const seen = watch()
    const opened = await openForm()
    choose(opened, file)
    await expect.element(opened.form.getByText(reason, { exact: false })).toBeVisible()
    await expect.element(opened.form.getByText('Try again')).not.toBeInTheDocument()
    expect(seen).toEqual([])
  })

  it('goes on where it stopped when the line breaks in its midst', async () => {
    let breaks = 0
    const seen = watch()
    product.use(
      http.patch(`${UPLOADS}/*`, ({ request }) => {
        const isSecondChunk = request.headers.get('upload-offset') !== '0'
        if (!isSecondChunk || breaks === 2) return undefined
        breaks += 1
        return HttpResponse.error()
      }),
    )
    const opened = await openForm()
    choose(opened, fileOf(6 * MB))
    await expect.element(opened.form.getByText('Connection lost, trying again…')).toBeVisible()
    await expect.element(opened.form.getByText('Sent as a file · 6 MB')).toBeVisible()
    expect(breaks).toBe(2)
    // Nothing was begun anew: the server said how far it was.
    expect(seen.filter(one => one.method === 'POST')).toHaveLength(1)
  })

  it('chosen again after the form was gone sends only what was missing', async () => {
    product.use(
      http.patch(`${UPLOADS}/*`, ({ request }) =>
        request.headers.get('upload-offset') === '0' ? undefined : HttpResponse.error(),
      ),
    )
    const first = await openForm()
    choose(first, fileOf(7 * MB))
    await expect.element(first.form.getByText('Connection lost, trying again…')).toBeVisible()
    first.close()
    product.resetHandlers()
    const seen = watch()
    const second = await openForm()
    await expect
      .element(
        second.form.getByText('The upload of “catalogue.bin” was interrupted.', { exact: false }),
      )
      .toBeVisible()
    choose(second, fileOf(7 * MB))
    await expect.element(second.form.getByText('Sent as a file · 7 MB')).toBeVisible()
    expect(seen.filter(one => one.method === 'POST')).toEqual([])
    expect(seen.filter(one => one.method === 'PATCH').map(one => one.bytes)).toEqual([2 * MB])
  })

  it('that is cancelled is taken back at the server, too', async () => {
    const seen = watch()
    product.use(http.patch(`${UPLOADS}/*`, () => new Promise(() => undefined)))
    const opened = await openForm()
    choose(opened, fileOf(1000))
    await expect.poll(() => seen.some(one => one.method === 'POST')).toBe(true)
    await userEvent.click(opened.form.getByRole('button', { name: 'Cancel' }))
    await expect.element(opened.form.getByText('Choose a file or drop it here')).toBeVisible()
    await expect.poll(() => seen.some(one => one.method === 'DELETE')).toBe(true)
  })

  it('of an expired sign-in asks once for a fresh token', async () => {
    let refusals = 0
    product.use(
      http.post(UPLOADS, () => {
        refusals += 1
        return refusals === 1
          ? HttpResponse.json(errorBody('unauthorized'), { status: 401 })
          : undefined
      }),
    )
    const opened = await openForm()
    choose(opened, fileOf(10))
    await expect.element(opened.form.getByText('Sent as a file', { exact: false })).toBeVisible()
  })

  it.each<[ApiErrorCode, string]>([
    ['quota_exceeded', 'The file storage of your account is full.'],
    ['unauthorized', 'Kommo’s sign-in has expired.'],
    ['too_large', 'The file is larger than 100 MB.'],
  ])('that the server refuses with %s says why, and the text stays', async (code, reason) => {
    product.use(
      http.post(UPLOADS, () =>
        HttpResponse.json(errorBody(code), { status: API_ERRORS[code].status }),
      ),
    )
    const opened = await openForm()
    await userEvent.fill(opened.text, 'Hello')
    choose(opened, fileOf(10))
    await expect.element(opened.form.getByText(reason, { exact: false })).toBeVisible()
    await expect.element(opened.text).toHaveValue('Hello')
  })

  it('waits for the virus scan; an infected one is named and cannot be saved', async () => {
    let state = 'scanning'
    product.use(
      http.get(`${SERVER_URL}/api/widget/files/*`, () =>
        HttpResponse.json({
          id: 'a'.repeat(24),
          name: 'catalogue.bin',
          size: 10,
          kind: 'file',
          mimeType: 'application/octet-stream',
          state,
          url: null,
        }),
      ),
    )
    const opened = await openForm()
    choose(opened, fileOf(10))
    await expect.element(opened.form.getByText('Checking the file for viruses…')).toBeVisible()
    await expect.element(opened.form.getByText('Wait for the virus check')).toBeVisible()
    await userEvent.click(save(opened), { force: true })
    expect(opened.saved).toEqual([])
    state = 'infected'
    await expect
      .element(opened.form.getByText('A virus was found in this file', { exact: false }))
      .toBeVisible()
    await userEvent.click(save(opened))
    await expect.element(opened.form.getByText('The file was not uploaded.')).toBeVisible()
    expect(opened.saved).toEqual([])
  })

  it('that was not uploaded is not left out without a word', async () => {
    const opened = await openForm()
    await userEvent.fill(opened.text, 'See the catalogue')
    choose(opened, fileOf(0))
    await userEvent.click(save(opened))
    await expect.element(opened.form.getByText('The file was not uploaded.')).toBeVisible()
    expect(opened.saved).toEqual([])
    await userEvent.click(opened.form.getByRole('button', { name: 'Remove' }))
    await userEvent.click(save(opened))
    await expect.poll(() => opened.saved.length).toBe(1)
  })

  it('dropped anywhere on the form replaces the one that is there', async () => {
    const opened = await openForm()
    choose(opened, fileOf(10, 'first.bin'))
    await expect.element(opened.form.getByText('first.bin').first()).toBeVisible()
    const data = new DataTransfer()
    data.items.add(fileOf(20, '<img src=x onerror=alert(1)>.bin'))
    opened.area.dispatchEvent(
      new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
    )
    await expect
      .element(opened.form.getByText('<img src=x onerror=alert(1)>.bin').first())
      .toBeVisible()
    await expect.element(opened.form.getByText('first.bin')).not.toBeInTheDocument()
  })

  it('that a messenger cannot carry is warned of, by the messenger’s name', async () => {
    product.use(
      http.get(`${SERVER_URL}/api/widget/form`, () =>
        HttpResponse.json({
          fields: [],
          messengers: [{ name: 'MAX', imageMaxBytes: 10, fileMaxBytes: 5 }, { name: 'WhatsApp' }],
          kommo: 'connected',
          radist: 'connected',
          isAdmin: true,
        }),
      ),
    )
    const opened = await openForm()
    choose(opened, fileOf(1000))
    await expect.element(opened.form.getByText('MAX accepts up to', { exact: false })).toBeVisible()
    await expect.element(opened.form.getByText('WhatsApp accepts')).not.toBeInTheDocument()
  })
})

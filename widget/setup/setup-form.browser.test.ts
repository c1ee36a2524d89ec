import axe from 'axe-core'
import { delay, http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import { userEvent } from 'vitest/browser'
import { errorBody, API_ERRORS, type ApiErrorCode } from '../../contracts/errors.ts'
import { openForm, savedText, type OpenForm } from '../testing/open-form.ts'
import { product, SERVER_URL } from '../../ui/testing/product.ts'

const API = `${SERVER_URL}/api/widget`
const FILE = { id: 'b'.repeat(24), name: 'photo.jpg', size: 5, kind: 'image' } as const
const save = (opened: OpenForm) => opened.form.getByRole('button', { name: 'Save', exact: true })

function answerWith(code: ApiErrorCode) {
  return () => HttpResponse.json(errorBody(code), { status: API_ERRORS[code].status })
}

describe('saving', () => {
  it('wants a text or a file, and goes to the text', async () => {
    const opened = await openForm()
    await userEvent.fill(opened.text, '  \n ')
    await userEvent.click(save(opened))
    await expect.element(opened.form.getByText('Write a message or attach a file.')).toBeVisible()
    expect((opened.area.getRootNode() as ShadowRoot).activeElement).toBe(opened.area)
    expect(opened.saved).toEqual([])
  })

  it.each<[ApiErrorCode, string]>([
    ['unauthorized', 'Kommo’s sign-in has expired.'],
    ['too_many_uploads', 'Too many uploads'],
    ['internal', 'Something went wrong on our side.'],
    ['unavailable', 'Something went wrong on our side.'],
    ['file_not_ready', 'The file is not ready yet.'],
    ['not_found', 'The file is no longer stored.'],
  ])('that fails with %s says what to do and keeps everything', async (code, reason) => {
    product.use(
      http.get(`${API}/files/*`, () =>
        HttpResponse.json({ ...FILE, mimeType: 'image/jpeg', state: 'ready', url: null }),
      ),
      http.post(`${API}/files/*/keep`, answerWith(code)),
    )
    const opened = await openForm()
    await userEvent.fill(opened.text, 'Hello')
    const data = new DataTransfer()
    data.items.add(new File(['12345'], 'photo.jpg'))
    opened.area.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }))
    await expect.element(opened.form.getByText('Sent as', { exact: false })).toBeVisible()
    await userEvent.click(save(opened))
    await expect.element(opened.form.getByText(reason, { exact: false }).last()).toBeVisible()
    await expect.element(opened.text).toHaveValue('Hello')
    expect(opened.saved).toEqual([])
  })

  it('of a text alone needs no server', async () => {
    product.use(http.all(`${SERVER_URL}/*`, () => HttpResponse.error()))
    const opened = await openForm()
    await userEvent.fill(opened.text, 'Hello')
    await userEvent.click(save(opened))
    await expect.poll(() => savedText(opened.saved)).toBe('Hello')
  })
})

describe('while the server', () => {
  it.each<[string, Parameters<typeof http.get>[1], string]>([
    ['is down', () => HttpResponse.error(), 'The server cannot be reached.'],
    ['answers 429', () => new HttpResponse('', { status: 429 }), 'Too many requests at once.'],
    [
      'answers 502 in HTML',
      () => new HttpResponse('<h1>', { status: 502 }),
      'Something went wrong',
    ],
    ['answers 401', answerWith('unauthorized'), 'Kommo’s sign-in has expired.'],
  ])('%s the form works, says so, and asks again', async (_state, answer, reason) => {
    product.use(http.get(`${API}/form`, answer))
    const opened = await openForm({ message: { version: 1, text: 'On [Deal.CF.12345]' } })
    await expect.element(opened.form.getByText(reason, { exact: false })).toBeVisible()
    // What cannot be known is not called wrong.
    await expect.element(opened.form.getByText('is not a field')).not.toBeInTheDocument()
    product.resetHandlers()
    await userEvent.click(opened.form.getByRole('button', { name: 'Try again' }))
    await expect.element(opened.text).toHaveValue('On [Deal.Pickup date]')
    await expect.element(opened.form.getByText(reason)).not.toBeInTheDocument()
  })

  it('is slow, one can write, and what is written stays when its answer comes', async () => {
    product.use(
      http.get(`${API}/form`, async () => {
        await delay(1500)
      }),
    )
    const opened = await openForm()
    await userEvent.type(opened.text, 'Hi [[contact.na')
    await expect
      .element(opened.form.getByText('Loading the fields', { exact: false }))
      .toBeVisible()
    await userEvent.keyboard('{Enter} on [[Deal.Pickup date]')
    await expect.element(opened.form.getByText('then Telegram', { exact: false })).toBeVisible()
    await expect.element(opened.text).toHaveValue('Hi [Contact.Name] on [Deal.Pickup date]')
  })
})

describe('what was not saved', () => {
  it('is asked for on every way out, and kept when one stays', async () => {
    const opened = await openForm()
    await userEvent.fill(opened.text, 'Hello')
    await userEvent.keyboard('{Escape}')
    await expect.element(opened.form.getByText('Your changes are not saved.')).toBeVisible()
    await userEvent.keyboard('{Enter}')
    await expect
      .element(opened.form.getByText('Your changes are not saved.'))
      .not.toBeInTheDocument()
    await expect.element(opened.text).toHaveValue('Hello')
    opened.leave()
    await userEvent.click(opened.form.getByRole('button', { name: 'Discard' }))
    expect(opened.closed()).toBe(1)
  })

  it('makes the browser ask before the page goes, and only then', async () => {
    const asks = () => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))
    const opened = await openForm()
    expect(asks()).toBe(false)
    await userEvent.fill(opened.text, 'Hello')
    await expect.poll(asks).toBe(true)
    await userEvent.fill(opened.text, '')
    await expect.poll(asks).toBe(false)
    await userEvent.fill(opened.text, 'Hello')
    opened.close()
    expect(asks()).toBe(false)
  })

  it('comes back after a reload, and can be let go', async () => {
    const message = { version: 1, text: 'Saved' } as const
    const before = await openForm({ message })
    await userEvent.fill(before.text, 'Written on [Deal.Pickup date]')
    await expect.element(before.form.getByText('then Telegram', { exact: false })).toBeVisible()
    before.close()
    const after = await openForm({ message })
    await expect.element(after.text).toHaveValue('Written on [Deal.Pickup date]')
    await userEvent.click(after.form.getByRole('button', { name: 'Show the saved message' }))
    await expect.element(after.text).toHaveValue('Saved')
    after.close()
    const again = await openForm({ message })
    await expect.element(again.text).toHaveValue('Saved')
  })

  it('of another step is not taken for this one’s', async () => {
    const one = await openForm({ message: { version: 1, text: 'One' } })
    await userEvent.fill(one.text, 'One, changed')
    one.close()
    const other = await openForm({ message: { version: 1, text: 'Other' } })
    await expect.element(other.text).toHaveValue('Other')
  })
})

describe('the preview', () => {
  const preview = (opened: OpenForm) =>
    opened.form.getByRole('group', { name: 'Preview of the message' })

  it('shows sample values in the account’s language, fallbacks, and what is not there', async () => {
    const opened = await openForm()
    await userEvent.fill(opened.text, 'Hi [Contact.FirstName]: [Deal.Colour] [Deal.Nonsense|soon]')
    await expect.element(preview(opened)).toHaveTextContent('Hi Lucy: Red soon')
    await userEvent.fill(opened.text, '[Deal.Nonsense]!')
    await expect.element(opened.form.getByTitle('There is no such field')).toBeVisible()
  })

  it('shows a real deal’s values, which one looks for by name with the keyboard', async () => {
    const opened = await openForm()
    await userEvent.fill(
      opened.text,
      '[Contact.FirstName], [Deal.Price], [Deal.Stage], [Deal.Pickup date], [Deal.Courier|DHL], [Deal.Greeting card]',
    )
    await userEvent.click(opened.form.getByRole('button', { name: 'Use a real deal' }))
    await userEvent.keyboard('orchid')
    await expect.element(opened.form.getByRole('option')).toHaveTextContent('Orchid in a pot')
    await userEvent.keyboard('{Enter}')
    await expect
      .element(opened.form.getByText('With the values of the deal “Orchid in a pot”.'))
      .toBeVisible()
    await expect
      .element(preview(opened))
      .toHaveTextContent(/Mateo, €38, Ready for pickup, November 26, 2026/u)
    // Empty fields: what is written instead, or that nothing is.
    await expect.element(opened.form.getByTitle(/Greeting card\] is empty here/u)).toBeVisible()
    await userEvent.click(opened.form.getByRole('button', { name: 'Use samples' }))
    await expect.element(preview(opened)).toHaveTextContent('Lucy')
  })

  it('finds a deal by its number, and says when there is none', async () => {
    const opened = await openForm()
    await userEvent.click(opened.form.getByRole('button', { name: 'Use a real deal' }))
    await userEvent.keyboard('2003')
    await expect.element(opened.form.getByRole('option')).toHaveTextContent('Пионы, 15 шт.')
    await userEvent.keyboard('999')
    await expect.element(opened.form.getByText('No deal found that you may see.')).toBeVisible()
    await userEvent.keyboard('{Escape}')
    await expect.element(opened.form.getByRole('combobox')).not.toBeInTheDocument()
    expect(opened.closed()).toBe(0)
  })

  it('writes a deal’s name as text, whatever it holds', async () => {
    product.use(
      http.get(`${API}/deals/*`, () =>
        HttpResponse.json({
          id: 2001,
          name: '<img src=x onerror="window.hit=1">',
          values: { 'Contact.Name': '<script>window.hit=1</script>' },
        }),
      ),
    )
    const opened = await openForm()
    await userEvent.fill(opened.text, 'Hi [Contact.Name]')
    await userEvent.click(opened.form.getByRole('button', { name: 'Use a real deal' }))
    await expect.element(opened.form.getByRole('option').first()).toBeVisible()
    await userEvent.keyboard('{Enter}')
    await expect.element(preview(opened)).toHaveTextContent('<script>window.hit=1</script>')
    expect('hit' in window).toBe(false)
  })
})

it('an address that is not our server’s is not opened for the settings', async () => {
  product.use(
    http.post(`${API}/sign-in`, () => HttpResponse.json({ url: 'javascript:window.hit=1' })),
  )
  const opened = await openForm()
  await userEvent.click(opened.form.getByRole('button', { name: /Configure it/u }))
  await expect.element(opened.form.getByRole('alert')).toBeVisible()
  expect('hit' in window).toBe(false)
})

it('a file that is no longer stored is named, and the text stays', async () => {
  const opened = await openForm({ message: { version: 1, text: 'Hello', file: FILE } })
  await expect
    .element(opened.form.getByText('The file is no longer stored.', { exact: false }))
    .toBeVisible()
  await expect.element(opened.text).toHaveValue('Hello')
  // Such a message would never be sent.
  await userEvent.click(save(opened))
  await expect
    .element(opened.form.getByText('the message could not be sent', { exact: false }))
    .toBeVisible()
  expect(opened.saved).toEqual([])
  await userEvent.click(opened.form.getByRole('button', { name: 'Remove' }))
  await userEvent.click(save(opened))
  await expect.poll(() => savedText(opened.saved)).toBe('Hello')
})

it.each(['not json', '{"version":99,"text":"x"}', '{"version":1}', '[]'])(
  'a step that holds %s opens empty',
  async message => {
    const opened = await openForm({ message })
    await expect.element(opened.text).toHaveValue('')
  },
)

describe('accessibility', () => {
  const states: Record<string, (opened: OpenForm) => Promise<void>> = {
    empty: async () => undefined,
    'with mistakes': async ({ form, text }) => {
      await userEvent.fill(text, '[Deal.Pikup date] [Contact.Name')
      await userEvent.click(form.getByRole('heading'))
    },
    'with the list of fields': async ({ text }) => userEvent.type(text, 'Hi [[na'),
    'with the search for a deal': async ({ form }) => {
      await userEvent.click(form.getByRole('button', { name: 'Use a real deal' }))
      await expect.element(form.getByRole('option').first()).toBeVisible()
    },
    'asking back': async ({ form, text, leave }) => {
      await userEvent.fill(text, 'Hello')
      leave()
      await expect.element(form.getByRole('alertdialog')).toBeVisible()
    },
    'with nothing to save': async opened => userEvent.click(save(opened)),
    'with the mouse over Save': async opened => userEvent.hover(save(opened)),
  }
  it.each(Object.keys(states))('has no findings, light and dark: %s', async name => {
    const opened = await openForm()
    await expect.element(opened.form.getByText('then Telegram', { exact: false })).toBeVisible()
    await states[name]?.(opened)
    for (const scheme of ['light', 'dark']) {
      document.documentElement.dataset['colorScheme'] = scheme
      document.body.style.background = scheme === 'dark' ? '#153043' : '#fff'
      const { violations } = await axe.run(document.body)
      expect(
        violations
          .filter(one => !['region', 'page-has-heading-one', 'landmark-one-main'].includes(one.id))
          .map(one => `${scheme} ${one.id}: ${one.nodes[0]?.html}`),
      ).toEqual([])
    }
    delete document.documentElement.dataset['colorScheme']
  })
})

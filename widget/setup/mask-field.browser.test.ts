import { describe, expect, it } from 'vitest'
import { cdp, userEvent } from 'vitest/browser'
import { openForm, savedText } from '../testing/open-form.ts'

const loaded = 'Pickup date'

describe('the list of fields', () => {
  it('opens on `[`, is filtered by label, and inserts with Enter', async () => {
    const { form, text } = await openForm()
    await userEvent.type(text, 'Hello [[pick')
    const options = form.getByRole('option')
    await expect.element(options.first()).toHaveTextContent(loaded)
    await userEvent.keyboard('{Enter}')
    await expect.element(text).toHaveValue('Hello [Deal.Pickup date]')
    await expect.element(options).not.toBeInTheDocument()
  })

  it('is searched by code, by entity and label together, and without accents', async () => {
    const { form, text } = await openForm()
    await expect.element(form.getByText('then Telegram', { exact: false })).toBeVisible()
    for (const [typed, label] of [
      ['cf.12345', 'Pickup date'],
      ['contact.fir', 'First name'],
      ['responsible em', 'Email'],
      ['tele', 'Telegram'],
    ] as const) {
      await userEvent.clear(text)
      await userEvent.type(text, `[[${typed}`)
      await expect.element(form.getByRole('option').first()).toHaveTextContent(label)
    }
    await userEvent.clear(text)
    await userEvent.type(text, '[[nothing like it')
    await expect.element(form.getByText('No such field')).toBeVisible()
  })

  it('shows what each would become, and what was picked last comes first', async () => {
    const { form, text } = await openForm()
    await userEvent.type(text, '[[colour')
    await expect.element(form.getByRole('option').first()).toHaveTextContent('Red')
    await userEvent.keyboard('{Tab} and [[')
    await expect.element(form.getByText('Recent')).toBeVisible()
    await expect.element(form.getByRole('option').first()).toHaveTextContent('Colour')
  })

  it('goes round with the arrows, and Escape closes it alone', async () => {
    const { form, text, closed } = await openForm()
    await userEvent.type(text, '[[name')
    const active = () => form.getByRole('option', { selected: true })
    await expect.element(active()).toHaveTextContent('[Contact.Name]')
    await userEvent.keyboard('{ArrowUp}')
    await expect.element(form.getByRole('option').last()).toHaveAttribute('aria-selected', 'true')
    await userEvent.keyboard('{ArrowDown}')
    await expect.element(active()).toHaveTextContent('[Contact.Name]')
    await userEvent.keyboard('{Escape}')
    await expect.element(active()).not.toBeInTheDocument()
    expect(closed()).toBe(0)
  })

  it('opens by its button, and takes the mouse', async () => {
    const { form, text } = await openForm()
    await userEvent.type(text, 'Dear ')
    await userEvent.click(form.getByRole('button', { name: 'Insert field' }))
    await userEvent.click(form.getByRole('option', { name: /Company name/u }))
    await expect.element(text).toHaveValue('Dear [Company.Name]')
    await userEvent.keyboard('!')
    await expect.element(text).toHaveValue('Dear [Company.Name]!')
  })
})

describe('a mask', () => {
  it('is deleted whole by one key from either side, and comes back with undo', async () => {
    const { area, text } = await openForm()
    await userEvent.fill(text, 'Hi [Contact.Name], bye')
    const whole = 'Hi [Contact.Name], bye'
    for (const [caret, key] of [
      [17, '{Backspace}'],
      [3, '{Delete}'],
    ] as const) {
      area.setSelectionRange(caret, caret)
      await userEvent.keyboard(key)
      await expect.element(text).toHaveValue('Hi , bye')
      await userEvent.keyboard('{Control>}z{/Control}')
      await expect.element(text).toHaveValue(whole)
    }
  })

  it('that was picked is taken back by undo', async () => {
    const { form, text } = await openForm()
    await userEvent.type(text, 'Hi [[contact.na')
    await expect.element(form.getByRole('option').first()).toBeVisible()
    await userEvent.keyboard('{Enter}')
    await expect.element(text).toHaveValue('Hi [Contact.Name]')
    await userEvent.keyboard('{Control>}z{/Control}')
    await expect.element(text).toHaveValue('Hi [contact.na')
  })

  it('that names no field is flagged, and mended by one click that undo takes back', async () => {
    const { form, text } = await openForm()
    await userEvent.fill(text, 'On [Deal.Pikup date]')
    await expect.element(form.getByText('[Deal.Pikup date] is not a field.')).toBeVisible()
    await userEvent.click(form.getByRole('button', { name: 'Did you mean [Deal.Pickup date]?' }))
    await expect.element(text).toHaveValue('On [Deal.Pickup date]')
    await userEvent.keyboard('{Control>}z{/Control}')
    await expect.element(text).toHaveValue('On [Deal.Pikup date]')
  })

  it('that is not closed is a hint while it is written, and a mistake afterwards', async () => {
    const { form, text } = await openForm()
    await userEvent.type(text, 'Hi [[Contact.Nam')
    await userEvent.keyboard('{Escape}')
    await expect.element(form.getByText('Close the field with ]')).toBeVisible()
    await userEvent.click(form.getByRole('heading'))
    await expect.element(form.getByText(/would be sent as it stands/u)).toBeVisible()
    await userEvent.click(form.getByRole('button', { name: 'Did you mean [Contact.Name]?' }))
    await expect.element(text).toHaveValue('Hi [Contact.Name]')
  })

  it('gets a text to use when it is empty, everywhere it stands, and undo takes that back', async () => {
    const { area, form, text } = await openForm()
    await userEvent.fill(text, '[Contact.Name], dear [Contact.Name]')
    const fallback = form.getByLabelText('Contact · Name')
    await userEvent.type(fallback, 'friend]!')
    await userEvent.keyboard('{Tab}')
    await expect
      .element(text)
      .toHaveValue('[Contact.Name|friend\\]!], dear [Contact.Name|friend\\]!]')
    // The keyboard went on to where it was going.
    const { activeElement } = area.getRootNode() as ShadowRoot
    expect(activeElement?.textContent).toBe('Choose a file or drop it here')
    await userEvent.clear(fallback)
    await userEvent.keyboard('{Enter}')
    await expect.element(text).toHaveValue('[Contact.Name], dear [Contact.Name]')
  })
})

describe('what is pasted', () => {
  const paste = (area: HTMLTextAreaElement, data: DataTransfer) =>
    area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }))

  it('with Kommo’s own markers becomes masks', async () => {
    const { area, text } = await openForm()
    const data = new DataTransfer()
    data.setData('text/plain', 'Hi {{contact.name}}, {{lead.cf.12345}} {{unknown}}')
    paste(area, data)
    await expect.element(text).toHaveValue('Hi [Contact.Name], [Deal.CF.12345] {{unknown}}')
  })

  it('as a picture becomes the file', async () => {
    const { area, form } = await openForm()
    const data = new DataTransfer()
    const pixel = await fetch(
      'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7',
    )
    data.items.add(new File([await pixel.blob()], 'pasted.gif', { type: 'image/gif' }))
    paste(area, data)
    await expect.element(form.getByText('Sent as an image', { exact: false })).toBeVisible()
  })
})

describe('the text', () => {
  it.each([
    'مرحبا [Contact.Name|صديق]!\n\nباقتك جاهزة',
    'שלום [Deal.Name]\nקוד 25%',
    '👩‍👩‍👧‍👦 🇪🇸 e\u0301 café \u00a0 \t tab',
    '  two spaces, {{contact.name}}, \\[plain] [urgent]  \n',
  ])('%j is saved exactly as it was written', async written => {
    const { form, text, saved } = await openForm()
    await userEvent.fill(text, written)
    await userEvent.click(form.getByRole('button', { name: 'Save', exact: true }))
    await expect.poll(() => savedText(saved)).toBe(written)
    // Kommo would fill in what stands between double braces.
    expect(saved[0]).not.toContain('{{')
  })

  it('takes what an input method composes, and no list gets into its way', async () => {
    const { text } = await openForm()
    await userEvent.click(text)
    const session = cdp()
    for (const composed of ['に', 'にほ', 'にほん']) {
      await session.send('Input.imeSetComposition', {
        text: composed,
        selectionStart: composed.length,
        selectionEnd: composed.length,
      })
    }
    await session.send('Input.insertText', { text: '日本' })
    await expect.element(text).toHaveValue('日本')
  })

  it('has a custom field stored by its id, whatever it is called', async () => {
    const { form, text, saved } = await openForm()
    await expect.element(form.getByText('then Telegram', { exact: false })).toBeVisible()
    await userEvent.fill(text, 'On [deal.pickup DATE|soon]')
    await userEvent.click(form.getByRole('button', { name: 'Save', exact: true }))
    await expect.poll(() => savedText(saved)).toBe('On [Deal.CF.12345|soon]')
  })

  it('of more than 4,096 characters is kept, counted and not saved', async () => {
    const { form, text, saved } = await openForm()
    await userEvent.fill(text, 'x'.repeat(4097))
    await expect.element(form.getByText('4,097 / 4,096', { exact: false })).toBeVisible()
    await userEvent.click(form.getByRole('button', { name: 'Save', exact: true }))
    await expect.element(form.getByText('The message is too large for a bot')).toBeVisible()
    await expect.element(text).toHaveValue('x'.repeat(4097))
    expect(saved).toEqual([])
  })

  it('of few characters and many bytes is not saved either', async () => {
    const { form, text, saved } = await openForm()
    await userEvent.fill(text, '💐'.repeat(2000) + '"\n'.repeat(48))
    await userEvent.fill(text, '\u0001'.repeat(2500))
    await userEvent.click(form.getByRole('button', { name: 'Save', exact: true }))
    await expect.element(form.getByText('The message is too large for a bot')).toBeVisible()
    expect(saved).toEqual([])
  })
})

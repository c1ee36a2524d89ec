import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { emptyFile, FILES } from './support/files.ts'
import { expect, test } from './support/test.ts'

const MB = 1024 * 1024

/** Slows uploads down to so many bytes a second; -1 is as fast as it goes. */
async function limiterOf(page: Page): Promise<(bytesPerSecond: number) => Promise<void>> {
  const session = await page.context().newCDPSession(page)
  return async uploadThroughput => {
    const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput }
    await session.send('Network.emulateNetworkConditions', conditions)
  }
}

test.beforeEach(async ({ editor }) => {
  await editor.openNewBot()
  await editor.addStep()
  await editor.openSetup()
})

test('a file of one byte more than 100 MB is refused before anything is sent', async ({
  page,
  editor,
}) => {
  const uploads: string[] = []
  page.on('request', request => {
    if (request.url().includes('/uploads')) uploads.push(request.method())
  })
  await editor.form.getByLabel('Message text').fill('Hello')
  await editor.attach(await emptyFile('huge.bin', 100 * MB + 1))
  await expect(editor.form.getByText('The file is larger than 100 MB')).toBeVisible()
  await expect(editor.form.getByLabel('Message text')).toHaveValue('Hello')
  expect(uploads).toEqual([])
})

test('an upload shows how far it is, and Save says what it waits for', async ({ page, editor }) => {
  const limitUploads = await limiterOf(page)
  await limitUploads(MB)
  await editor.attach(await emptyFile('slow.bin', 12 * MB))
  await expect(editor.form.getByRole('progressbar')).toBeVisible()
  await expect(editor.form.getByText(/of 12 MB/u)).toBeVisible()
  await expect(editor.form.getByText(/Wait for the file: \d+%/u)).toBeVisible()
  // Playwright itself would wait for the button, so it is told to press it all the same.
  await editor.form.getByRole('button', { name: 'Save', exact: true }).click({ force: true })
  await expect(editor.form).toHaveCount(1)
  await limitUploads(-1)
  await expect(editor.form.getByText('Sent as a file', { exact: false })).toBeVisible()
  await editor.saveForm()
})

test('a second file replaces the first', async ({ editor }) => {
  await editor.attach(FILES.jpeg)
  await expect(editor.form.getByText('Sent as an image', { exact: false })).toBeVisible()
  await editor.attach(FILES.pdf)
  await expect(editor.form.getByText('Sent as a file', { exact: false })).toBeVisible()
  await expect(editor.form.locator('.file-text b')).toHaveText('care.pdf')
  await editor.saveForm()
  await expect(editor.card.getByText('care.pdf')).toBeVisible()
  await expect(editor.card.locator('img')).toHaveCount(0)
})

test('an upload is cancelled, and nothing is left of it', async ({ page, editor }) => {
  const limitUploads = await limiterOf(page)
  await limitUploads(MB)
  await editor.attach(await emptyFile('slow.bin', 30 * MB))
  await expect(editor.form.getByText(/[1-9][\d.]* MB of 30 MB/u)).toBeVisible()
  const removed = page.waitForRequest(request => request.method() === 'DELETE')
  await editor.form.getByRole('button', { name: 'Cancel' }).click()
  await removed
  await expect(editor.form.getByText('Choose a file or drop it here')).toBeVisible()
})

test('a mask is deleted whole, comes back with undo, and a wrong one is mended with one click', async ({
  page,
  editor,
}) => {
  const text = editor.form.getByLabel('Message text')
  await text.fill('Hi [Contact.Name]')
  await text.press('Backspace')
  await expect(text).toHaveValue('Hi ')
  await page.keyboard.press('Control+z')
  await expect(text).toHaveValue('Hi [Contact.Name]')
  await text.fill('On [Deal.Pikup date]')
  await expect(editor.form.getByText('[Deal.Pikup date] is not a field.')).toBeVisible()
  await editor.form.getByRole('button', { name: 'Did you mean [Deal.Pickup date]?' }).click()
  await expect(text).toHaveValue('On [Deal.Pickup date]')
  await expect(editor.form.getByText('is not a field')).toHaveCount(0)
})

test('neither text nor file cannot be saved, and says so', async ({ editor }) => {
  await editor.form.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(editor.form.getByText('Write a message or attach a file.')).toBeVisible()
})

test('unsaved changes are not lost by Escape, the cross or a click beside', async ({
  page,
  editor,
}) => {
  const text = editor.form.getByLabel('Message text')
  await text.fill('Hello')
  for (const leave of [
    () => page.locator('.modal-body__close').click(),
    () => page.mouse.click(5, 400),
    () => page.keyboard.press('Escape'),
  ]) {
    await leave()
    await expect(editor.form.getByText('Your changes are not saved.')).toBeVisible()
    await editor.form.getByRole('button', { name: 'Keep editing' }).click()
    await expect(text).toHaveValue('Hello')
    await page.locator('.modal-body').click({ position: { x: 40, y: 10 } })
  }
  await page.locator('.modal-body__close').click()
  await editor.form.getByRole('button', { name: 'Discard' }).click()
  await expect(editor.form).toHaveCount(0)
  await expect(editor.card.getByText('No message yet')).toBeVisible()
})

test('while our server is down the form keeps everything, and the preview still shows', async ({
  page,
  stack,
  editor,
}) => {
  await editor.form.getByLabel('Message text').fill('Saved before')
  await editor.saveForm()
  await editor.saveBot()
  await stack.killProduct()
  await page.reload()
  await expect(editor.card.getByText('Saved before')).toBeVisible()
  await editor.openSetup()
  await expect(
    editor.form.getByText('The server cannot be reached', { exact: false }),
  ).toBeVisible()
  await editor.form.getByLabel('Message text').fill('Written while it was down')
  await editor.attach(FILES.pdf)
  await expect(editor.form.getByText('Connection lost, trying again')).toBeVisible()
  await stack.startProductAgain()
  await expect(editor.form.getByText('Sent as a file', { exact: false })).toBeVisible()
  await expect(editor.form.getByLabel('Message text')).toHaveValue('Written while it was down')
  await editor.saveForm()
  await expect(editor.card.getByText('care.pdf')).toBeVisible()
})

test('the card and the form have no accessibility findings, in light and dark', async ({
  page,
  editor,
}) => {
  const text = editor.form.getByLabel('Message text')
  await text.fill('On [Deal.Pikup date] ')
  await editor.attach(FILES.jpeg)
  await expect(editor.form.getByText('Sent as an image', { exact: false })).toBeVisible()
  await text.press('End')
  await text.pressSequentially('[na')
  await expectNoFindings(page, '.radist-cascade-setup')
  await page.keyboard.press('Escape')
  await editor.saveForm()
  await expect(editor.card.getByText('field of this message no longer exists')).toBeVisible()
  await expectNoFindings(page, '.radist-cascade-card')
})

test('by the keyboard alone a message is written, saved, and the focus comes back', async ({
  page,
  editor,
}) => {
  await page.keyboard.press('Escape')
  await expect(editor.form).toHaveCount(0)
  // The focus is on Setup again, so Enter opens what Escape closed.
  await page.keyboard.press('Enter')
  const text = editor.form.getByLabel('Message text')
  await expect(text).toBeFocused()
  await page.keyboard.type('Hello [first')
  await page.keyboard.press('Tab')
  await expect(text).toHaveValue('Hello [Contact.FirstName]')
  const focused = () =>
    page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.textContent ?? '')
  const passed: string[] = []
  for (let step = 0; step < 12 && !passed.includes('Save'); step++) {
    await page.keyboard.press('Tab')
    passed.push(await focused())
  }
  expect(passed).toContain('Save')
  expect(passed).toContain('Choose a file or drop it here')
  await page.keyboard.press('Enter')
  await expect(editor.form).toHaveCount(0)
  await expect(editor.card.getByText('Hello Lucy')).toBeVisible()
  await expect(editor.card.getByRole('button', { name: 'Setup' })).toBeFocused()
})

async function expectNoFindings(page: Page, selector: string): Promise<void> {
  for (const scheme of ['light', 'dark']) {
    await page.locator('html').evaluate((root, value) => {
      root.dataset['colorScheme'] = value
    }, scheme)
    const { violations } = await new AxeBuilder({ page }).include(selector).analyze()
    expect(violations.map(one => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([])
  }
}

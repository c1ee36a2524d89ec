import { parseMessage } from '../contracts/message.ts'
import type { Switches } from '../emulators/kommo/switches.ts'
import { exitOf } from './support/editor.ts'
import { FILES } from './support/files.ts'
import { expect, test } from './support/test.ts'

/** What the sources on Kommo leave open: the step is set up, saved and run in each of these ways. */
const VARIANTS: readonly [string, Partial<Switches>][] = [
  ['the callback comes twice for each card', { isSettingsCalledTwice: true }],
  ['a new card’s parameters are empty', { firstParams: 'empty' }],
  ['values are saved five objects deep', { saveParams: 'nested' }],
  ['values are saved as value_manual', { saveParams: 'value_manual' }],
  ['values are saved as objects with value_manual', { saveParams: 'objects' }],
  ['render counts as false, so that init is never called', { isRenderFalsy: true }],
  ['the page names a CDN, and hides its token', { hasCdnPath: true, tokenBy: 'beforeSend' }],
  ['hooks come as JSON', { encoding: 'json' }],
  ['the page’s styles and shortcuts reach for everything', { isHostile: true }],
]

for (const [name, switches] of VARIANTS) {
  test(`a step works where ${name}`, async ({ page, stack, editor }) => {
    await stack.switchKommo(switches)
    const bot = await editor.makeBot('Hello [Contact.FirstName]', FILES.pdf)
    await page.reload()
    await expect(editor.card.getByText('Hello', { exact: false })).toBeVisible()
    await expect(editor.card.getByText('care.pdf')).toBeVisible()
    await expect(editor.card.getByRole('button', { name: 'Setup' })).toHaveCount(1)
    // The saved text is there again, and the step is as it was.
    await editor.openSetup()
    await expect(editor.form.getByLabel('Message text')).toHaveValue('Hello [Contact.FirstName]')
    await editor.form.getByLabel('Message text').press('Escape')
    await expect(editor.form).toHaveCount(0)
    const run = await editor.run(bot, 2001)
    expect(exitOf(run)).toBe('Delivered')
    const [sent] = await stack.sends()
    expect(JSON.stringify(sent?.body)).toContain('Hello Lucía')
  })
}

test('a hostile page neither styles the form nor hears its keys', async ({
  page,
  stack,
  editor,
}) => {
  await stack.switchKommo({ isHostile: true })
  await editor.openNewBot()
  await editor.addStep()
  await editor.openSetup()
  const text = editor.form.getByLabel('Message text')
  await text.pressSequentially('Hello [con')
  await editor.form.getByRole('option').first().click()
  await page.mouse.wheel(0, 100)
  await expect(text).toHaveCSS('font-size', '15px')
  await expect(text).toHaveCSS('text-transform', 'none')
  await expect(text).toHaveCSS('direction', 'ltr')
  const save = editor.form.getByRole('button', { name: 'Save', exact: true })
  await expect(save).toHaveCSS('letter-spacing', 'normal')
  await expect(save).not.toHaveCSS('background-color', 'rgb(255, 0, 0)')
  const taken = await page.evaluate(() => (window as unknown as { __TAKEN__: string[] }).__TAKEN__)
  expect(taken).toEqual([])
})

test('a step works where Kommo’s template of a button cannot be had', async ({ page, editor }) => {
  await page.route('**/tmpl/controls/button.twig', route => route.abort())
  await editor.makeBot('Hello')
  await expect(editor.card.getByRole('button', { name: 'Setup' })).toHaveCount(1)
})

test('a step that was copied has the message of its own from then on', async ({ page, editor }) => {
  await editor.makeBot('First [Contact.Name]')
  await editor.card.getByRole('button', { name: 'Copy' }).click()
  const copy = page.getByRole('region', { name: '3. Radist.Online' })
  await expect(copy.getByRole('group')).toContainText('First')
  await copy.getByRole('button', { name: 'Setup' }).click()
  await editor.form.getByLabel('Message text').fill('Second')
  await editor.saveForm()
  await editor.saveBot()
  await page.reload()
  await expect(copy.getByText('Second')).toBeVisible()
  await expect(editor.card.getByRole('group')).toContainText('First')
})

test('in the dark and in Portuguese, all is dark and Portuguese', async ({
  page,
  stack,
  editor,
}) => {
  await page.goto(`${stack.kommoUrl}/appearance/theme/dark`)
  await page.goto(`${stack.kommoUrl}/appearance/language/pt`)
  await editor.openNewBot()
  await editor.addStep()
  await expect(editor.card.getByText('Entregue', { exact: true })).toBeVisible()
  await editor.card.getByRole('button', { name: 'Configurar' }).click()
  await expect(editor.form.getByText('Mensagem em cascata')).toBeVisible()
  await expect(editor.form.locator('textarea')).toHaveCSS('color', 'rgb(242, 242, 242)')
  // No text without its translation.
  await expect(editor.form.getByText(/\b(?:setup|preview|errors)\.[a-z_]+/u)).toHaveCount(0)
})

test('the step’s value in a saved bot is the message, as every later version reads it', async ({
  stack,
  editor,
}) => {
  const bot = await editor.makeBot('Price: {{lead.price}} [Deal.Price]')
  const saved = (await (await fetch(`${stack.kommoUrl}/ajax/bots/${bot}`)).json()) as {
    blocks: { code: string; params: { message: string } }[]
  }
  const [block] = saved.blocks
  expect(parseMessage(block?.params.message ?? '')).toEqual({
    ok: true,
    message: { version: 1, text: 'Price: {{lead.price}} [Deal.Price]' },
  })
  // Kommo would fill in its own markers.
  expect(block?.code).not.toContain('{{lead.price}}')
})

test('where our own code breaks, Kommo’s page does not, and the saved text still shows', async ({
  page,
  stack,
  editor,
}) => {
  const bot = await editor.makeBot('Saved before')
  await page.route('**/widget/script.js*', async route => {
    const answer = await route.fetch()
    const body = (await answer.text()).replace(
      'function evaluateApp() {',
      'function evaluateApp() { throw new Error("broken");',
    )
    await route.fulfill({ response: answer, body })
  })
  await page.reload()
  await expect(editor.card.getByText('Saved before')).toBeVisible()
  await expect(editor.card.getByText('Delivered', { exact: true })).toBeVisible()
  await editor.card.getByRole('button', { name: 'Setup' }).click()
  await expect(editor.card.getByText('The saved message is safe.')).toBeVisible()
  await page.locator('.js-sb-designer-change-name').fill('Renamed')
  await editor.saveBot()
  expect(exitOf(await editor.run(bot, 2001))).toBe('Delivered')
  const [sent] = await stack.sends()
  expect(JSON.stringify(sent?.body)).toContain('Saved before')
})

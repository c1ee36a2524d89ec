import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { chromium, type Page } from '@playwright/test'
import type { WidgetForm } from '../contracts/widget-api.ts'
import { Editor } from '../e2e/support/editor.ts'
import { emptyFile, FILES } from '../e2e/support/files.ts'
import { Stack } from '../e2e/support/stack.ts'
import { CHROMIUM_ARGUMENTS, chromiumPath } from './chromium.ts'

/**
 * Photographs every state of the widget, light and dark, for `docs/widget-states/`: whoever changes its
 * look sees what it does to each.
 */
const folder = path.resolve(import.meta.dirname, '../docs/widget-states')
await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
const names: string[] = []
const MB = 1024 * 1024
const TEXT =
  'Hello [Contact.FirstName|friend]! Your bouquet “[Deal.Name]” is ready 💐\nPick it up before [Deal.Pickup date].'

const stack = await Stack.start()
const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGUMENTS })

async function open(width: number, height: number, language = 'en'): Promise<[Page, Editor]> {
  const page = await browser.newPage({ viewport: { width, height } })
  const { hostname } = new URL(stack.kommoUrl)
  await page
    .context()
    .addCookies([{ name: 'language', value: language, domain: hostname, path: '/' }])
  const editor = new Editor(page, stack)
  await editor.openNewBot()
  await editor.addStep()
  return [page, editor]
}

/** The page as it is, in both themes. */
async function photograph(page: Page, name: string): Promise<void> {
  names.push(name)
  for (const scheme of ['light', 'dark']) {
    await page.locator('html').evaluate((root, value) => {
      root.dataset['colorScheme'] = value
    }, scheme)
    await page.screenshot({ path: path.join(folder, `${name}-${scheme}.png`) })
  }
  await page.locator('html').evaluate(root => {
    root.dataset['colorScheme'] = 'light'
  })
}

try {
  const [page, editor] = await open(1100, 820)
  // A messenger that takes less than the others, for the warning about it.
  await page.route('**/api/widget/form', async route => {
    const response = await route.fetch()
    const form = (await response.json()) as WidgetForm
    const messengers = form.messengers.map(one =>
      one.name === 'MAX' ? { ...one, fileMaxBytes: 20 * MB } : one,
    )
    await route.fulfill({ response, json: { ...form, messengers } })
  })
  await page.reload()
  await editor.addStep()
  const { form, card } = editor
  await photograph(page, 'card-empty')
  await editor.openSetup()
  const text = form.locator('textarea')
  await form.getByText('then Telegram', { exact: false }).waitFor()
  await photograph(page, 'form-empty')
  await form.getByRole('button', { name: 'Save', exact: true }).click()
  await photograph(page, 'form-nothing-to-save')
  await text.pressSequentially('Hello [con')
  await form.getByRole('option').first().waitFor()
  await photograph(page, 'form-picker')
  await page.keyboard.press('Escape')
  await text.fill(`${TEXT} [Deal.Pikup date] [Contact.Nam`)
  await page.locator('.modal-body').click({ position: { x: 40, y: 12 } })
  await photograph(page, 'form-mistakes')
  await text.fill(TEXT)
  await form.getByRole('button', { name: 'Use a real deal' }).click()
  await form.getByRole('combobox').fill('orch')
  await form.getByRole('option', { name: /Orchid/u }).waitFor()
  await photograph(page, 'form-deal-search')
  await page.keyboard.press('Enter')
  await form.getByText('With the values of the deal', { exact: false }).waitFor()
  await photograph(page, 'form-deal')
  await editor.attach(await emptyFile('catalogue.bin', 100 * MB + 1))
  await form.getByText('The file is larger than 100 MB', { exact: false }).waitFor()
  await photograph(page, 'form-file-too-large')
  const session = await page.context().newCDPSession(page)
  const limitUploads = (uploadThroughput: number) =>
    session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    })
  await limitUploads(2 * MB)
  await editor.attach(await emptyFile('catalogue.pdf', 40 * MB))
  await form.getByText(/ left/u).waitFor()
  await photograph(page, 'form-uploading')
  await limitUploads(-1)
  await form.getByText('Sent as a file', { exact: false }).waitFor()
  await photograph(page, 'form-file-limits')
  await page.unroute('**/api/widget/form')
  await page.route('**/api/widget/files/*', async route => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, json: { ...(await answer.json()), state: 'scanning' } })
  })
  await editor.attach(FILES.jpeg)
  await form.getByText('Checking the file for viruses', { exact: false }).waitFor()
  await photograph(page, 'form-virus-check')
  await page.unroute('**/api/widget/files/*')
  await form.getByText('Sent as an image', { exact: false }).waitFor()
  await photograph(page, 'form-filled')
  await page.locator('.modal-body__close').click()
  await photograph(page, 'form-unsaved')
  await form.getByRole('button', { name: 'Keep editing' }).click()
  await editor.saveForm()
  await card.locator('img').evaluate((node: HTMLImageElement) => node.decode())
  await photograph(page, 'card-saved')
  await editor.saveBot()
  await editor.openSetup()
  await text.fill('Written and not saved')
  page.once('dialog', dialog => void dialog.accept())
  await page.reload()
  await editor.openSetup()
  await form.getByText('We brought back', { exact: false }).waitFor()
  await photograph(page, 'form-draft-restored')
  await form.getByRole('button', { name: 'Show the saved message' }).click()
  await page.setViewportSize({ width: 320, height: 900 })
  await photograph(page, 'form-320')
  await page.setViewportSize({ width: 1600, height: 900 })
  await photograph(page, 'form-1600')
  await page.keyboard.press('Escape')
  await page.goto(`${stack.kommoUrl}/widgets`)
  await page.setViewportSize({ width: 1100, height: 700 })
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByText('Radist.Online is connected').waitFor()
  await photograph(page, 'install-connected')
  await page.close()

  for (const language of ['es', 'pt', 'tr', 'id']) {
    const [other, there] = await open(1100, 820, language)
    await there.card.locator('.radist-cascade-card__setup').click()
    await there.form.locator('textarea').fill('¡Hola [Contact.FirstName|amigo]! [Deal.Pikup date]')
    await there.attach(FILES.jpeg)
    await there.form.locator('.file-text .mute').waitFor()
    await there.form.getByText('MAX', { exact: false }).waitFor()
    await photograph(other, `language-${language}`)
    await other.close()
  }
  const [rtl, there] = await open(1100, 820)
  await there.openSetup()
  await there.form.getByText('MAX', { exact: false }).waitFor()
  await there.form
    .locator('textarea')
    .fill('مرحبا [Contact.FirstName|صديق]!\nباقتك [Deal.Name] جاهزة.')
  await photograph(rtl, 'form-right-to-left')
  await rtl.close()

  const [broken, here] = await open(1100, 820)
  await here.openSetup()
  await stack.killProduct()
  await here.form.locator('textarea').fill(TEXT)
  await here.attach(FILES.pdf)
  await here.form.getByText('Connection lost', { exact: false }).waitFor()
  await photograph(broken, 'form-server-down')
  await broken.close()
  const [down] = await open(1100, 700)
  await down.goto(`${stack.kommoUrl}/widgets`)
  await down.getByRole('button', { name: 'Settings' }).click()
  await down.getByText('The Radist Cascade server does not answer.').waitFor()
  await photograph(down, 'install-server-down')
  await down.close()
  await stack.startProductAgain()
  const rows = names.map(name => `| ${name} | ![](${name}-light.png) | ![](${name}-dark.png) |`)
  await writeFile(
    path.join(folder, 'README.md'),
    `# The widget, state by state

Drawn by \`npm run screenshots\` from the running product in the emulated Kommo.

| state | light | dark |
|---|---|---|
${rows.join('\n')}
`,
  )
} finally {
  await browser.close()
  await stack.stop()
}

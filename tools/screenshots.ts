import path from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { Editor } from '../e2e/support/editor.ts'
import { FILES } from '../e2e/support/files.ts'
import { openSettings, runBots } from '../e2e/support/settings.ts'
import { Stack } from '../e2e/support/stack.ts'
import { CHROMIUM_ARGUMENTS, chromiumPath } from './chromium.ts'
import './images.ts'

/** Draws the logos, and photographs the running product: for the README, the widget's tour, and each state. */
const root = path.resolve(import.meta.dirname, '..')
const image = (name: string) => path.join(root, 'docs/images', name)

const stack = await Stack.start({ DELIVERY_WAIT_SECONDS: '60' })
const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGUMENTS })
/** In the exact size that Kommo demands (widget SDK 1.5). */
async function slide(page: Page, number: number, y = 0): Promise<void> {
  const file = path.join(root, `widget/images/tour_${number}.jpg`)
  const clip = { x: 0, y, width: 1188, height: 616 }
  await page.screenshot({ path: file, type: 'jpeg', quality: 85, clip })
}

try {
  const page = await browser.newPage({ viewport: { width: 1188, height: 760 } })
  const editor = new Editor(page, stack)
  await editor.openNewBot()
  await editor.addStep()
  await editor.openSetup()
  const text = editor.form.getByLabel('Message text')
  await text.fill(
    'Hello [Contact.FirstName|friend]! Your bouquet “[Deal.Name]” is ready, pick it up before [Deal.Pikup date]. ',
  )
  await editor.attach(FILES.jpeg)
  await editor.form.getByText('Sent as an image', { exact: false }).waitFor()
  await editor.form.getByText('is not a field').waitFor()
  await text.press('Control+End')
  await text.pressSequentially('[pri')
  await editor.form.getByRole('option', { name: /Price/u }).waitFor()
  await page.screenshot({ path: image('setup.png') })
  await slide(page, 1, 72)
  await page.keyboard.press('Escape')
  await editor.form.getByRole('button', { name: /Did you mean/u }).click()
  await editor.saveForm()
  await editor.card.getByText('then Telegram', { exact: false }).waitFor()
  await editor.card.locator('img').evaluate((node: HTMLImageElement) => node.decode())
  await editor.card.screenshot({ path: image('card.png') })

  // The other slides of the tour: the cascade, and what became of a message.
  await stack.react('whatsapp', 'fail', 1)
  await runBots(
    stack,
    'Hello [Contact.FirstName]! Your “[Deal.Name]” is ready. 💐',
    [2003, 2005, 2001],
  )
  const settings = await browser.newPage({ viewport: { width: 1188, height: 616 } })
  await openSettings(settings, stack)
  await settings.getByRole('switch', { name: 'Use MAX' }).waitFor()
  await slide(settings, 2)
  await settings.goto(`${stack.product.url}/app/activity`)
  await settings.locator('.run', { hasText: 'Lucía' }).click()
  await settings.locator('.timeline').waitFor()
  await slide(settings, 3)
} finally {
  await browser.close()
  await stack.stop()
}

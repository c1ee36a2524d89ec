import path from 'node:path'
import { chromium } from '@playwright/test'
import { Editor } from '../e2e/support/editor.ts'
import { FILES } from '../e2e/support/files.ts'
import { Stack } from '../e2e/support/stack.ts'
import { CHROMIUM_ARGUMENTS, chromiumPath } from './chromium.ts'
import './images.ts'

/** Draws the logos, and photographs the running product: for the README, the widget's tour, and each state. */
const root = path.resolve(import.meta.dirname, '..')
const image = (name: string) => path.join(root, 'docs/images', name)

const stack = await Stack.start({ DELIVERY_WAIT_SECONDS: '60' })
const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGUMENTS })
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
  await page.screenshot({
    path: path.join(root, 'widget/images/tour_1.jpg'),
    type: 'jpeg',
    quality: 85,
    clip: { x: 0, y: 72, width: 1188, height: 616 },
  })
  await page.keyboard.press('Escape')
  await editor.form.getByRole('button', { name: /Did you mean/u }).click()
  await editor.saveForm()
  await editor.card.getByText('then Telegram', { exact: false }).waitFor()
  await editor.card.locator('img').evaluate((node: HTMLImageElement) => node.decode())
  await editor.card.screenshot({ path: image('card.png') })
} finally {
  await browser.close()
  await stack.stop()
}

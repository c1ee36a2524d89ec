import { test } from '@playwright/test'
import puppeteer from 'puppeteer-core'
import { firefoxPath } from '../tools/firefox.ts'
import { FILES } from './support/files.ts'
import { Stack } from './support/stack.ts'
import { until } from './support/until.ts'
import { expect } from './support/test.ts'

/** Playwright drives a Firefox of its own build only; Debian's speaks WebDriver BiDi. */
test('in Firefox a message is written, its file attached, saved and shown', async () => {
  const executablePath = firefoxPath()
  test.skip(executablePath === null, 'Firefox is not installed')
  const stack = await Stack.start()
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: executablePath ?? '',
    headless: true,
  })
  try {
    const page = await browser.newPage()
    await page.setViewport({ width: 1280, height: 860 })
    const errors: string[] = []
    page.on('pageerror', error => errors.push(String(error)))
    await page.goto(`${stack.kommoUrl}/bots`)
    await Promise.all([page.waitForNavigation(), page.click('form button[type=submit]')])
    await page.locator('::-p-text(Widgets)').click()
    await page.locator('.widget-handler button').click()
    await page.locator('.radist-cascade-card__setup').click()

    const text = await page.waitForSelector('.radist-cascade-setup >>> textarea')
    await text?.type('Hello [con')
    await page.waitForSelector('.radist-cascade-setup >>> [role=option]')
    await page.keyboard.press('Enter')
    const value = () => text?.evaluate(area => area.value)
    expect(await value()).toBe('Hello [Contact.Name]')
    // One key takes the mask, one brings it back.
    await page.keyboard.press('Backspace')
    expect(await value()).toBe('Hello ')
    await page.keyboard.down('Control')
    await page.keyboard.press('z')
    await page.keyboard.up('Control')
    expect(await value()).toBe('Hello [Contact.Name]')

    const input = await page.$('.radist-cascade-setup >>> input[type=file]')
    if (!input) throw new Error('No file input')
    await (input as unknown as { uploadFile(file: string): Promise<void> }).uploadFile(FILES.jpeg)
    const formText = () =>
      page.$eval('.radist-cascade-setup', host => host.shadowRoot?.textContent ?? '')
    await until('the upload', async () => (await formText()).includes('Sent as an image'))
    await page.locator('.radist-cascade-setup >>> ::-p-aria([name="Save"][role="button"])').click()
    const card = () =>
      page.$eval('.radist-cascade-card__preview', host => host.shadowRoot?.textContent ?? '')
    await until('the preview', async () => (await card()).includes('Hello Lucy Brown'))
    expect(await page.$('.radist-cascade-card__preview >>> img')).not.toBeNull()
    expect(errors).toEqual([])
  } finally {
    await browser.close()
    await stack.stop()
  }
})

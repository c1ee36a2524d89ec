import { chromium } from '@playwright/test'
import { Stack } from '/work/main/e2e/support/stack.ts'
import { openSettings, runBots } from '/work/main/e2e/support/settings.ts'
import { CHROMIUM_ARGUMENTS, chromiumPath } from '/work/main/tools/chromium.ts'
const stack = await Stack.start({ DELIVERY_WAIT_SECONDS: '2' })
const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGUMENTS })
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
  const errors: string[] = []
  page.on('pageerror', e => errors.push(e.message))
  page.on('console', m => m.type() === 'error' && errors.push(m.text()))
  await openSettings(page, stack)
  await page.waitForTimeout(800)
  await page.screenshot({ path: '/tmp/s-cascade-new.png' })
  await stack.react('whatsapp', 'silent')
  await runBots(
    stack,
    'Hello [Contact.FirstName|friend]! Your [Deal.Name] is ready. [Deal.CF.12347]',
    [2001, 2002, 2003, 2004, 2011],
  )
  await stack.react('whatsapp', 'fail')
  await runBots(stack, 'Hello again', [2005, 2008])
  await stack.react('whatsapp', 'deliver')
  await runBots(stack, 'Third', [2015, 2016, 2017])
  for (const [name, path] of [
    ['cascade', '/'],
    ['activity', '/activity'],
    ['statistics', '/statistics'],
    ['test', '/test'],
    ['connections', '/connections'],
  ] as const) {
    for (const scheme of ['light', 'dark'] as const)
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: width === 360 ? 780 : 860 })
        await page.emulateMedia({ colorScheme: scheme })
        await page.goto(stack.product.url + '/app' + path)
        await page.waitForTimeout(700)
        await page.screenshot({ path: `/tmp/s-${name}-${scheme}-${width}.png`, fullPage: true })
      }
  }
  await page.setViewportSize({ width: 1280, height: 860 })
  await page.emulateMedia({ colorScheme: 'light' })
  await page.goto(stack.product.url + '/app/activity')
  await page.locator('.run').nth(9).click()
  await page.waitForTimeout(600)
  await page.screenshot({ path: '/tmp/s-run.png', fullPage: true })
  await page.goto(stack.product.url + '/app/test')
  await page.getByRole('option').first().click()
  await page.getByRole('button', { name: 'Simulate' }).click()
  await page.waitForTimeout(1500)
  await page.screenshot({ path: '/tmp/s-test2.png', fullPage: true })
  console.log(errors)
} finally {
  await browser.close()
  await stack.stop().catch(e => console.log(String(e)))
}

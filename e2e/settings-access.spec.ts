import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { NO_ADMIN, openSettings, runBots } from './support/settings.ts'
import { expect, test } from './support/test.ts'

async function expectAccessible(page: Page, what: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze()
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join()}`)
    expect(found, `${what}, ${colorScheme}`).toEqual([])
  }
}

test('axe finds nothing on any page, in any state, light and dark', async ({ page, stack }) => {
  await page.goto(`${stack.product.url}/app/`)
  await expect(page.getByRole('heading', { name: 'You are signed out' })).toBeVisible()
  await expectAccessible(page, 'signed out')

  await openSettings(page, stack)
  await expect(page.getByRole('heading', { name: 'First steps' })).toBeVisible()
  await expectAccessible(page, 'a new cascade')
  await page.goto(`${stack.product.url}/app/activity`)
  await expect(page.getByRole('heading', { name: 'No messages yet' })).toBeVisible()
  await expectAccessible(page, 'no activity')

  await stack.react('whatsapp', 'silent')
  await runBots(stack, 'Hello [Deal.CF.12347]', [2001, 2011])
  await page.goto(`${stack.product.url}/app/activity`)
  await expect(page.getByText('Not delivered').last()).toBeVisible()
  await expectAccessible(page, 'activity')
  await page.getByRole('link', { name: /Lucía/u }).click()
  await expect(page.getByRole('list', { name: 'Steps of the run' })).toBeVisible()
  await expectAccessible(page, 'a run')
  await page.getByRole('button', { name: 'Send again' }).click()
  await expectAccessible(page, 'sending again')

  await page.goto(`${stack.product.url}/app/statistics`)
  await expect(page.getByRole('img', { name: /^Attempts by day/u })).toBeVisible()
  await expectAccessible(page, 'statistics')
  await page.getByRole('button', { name: 'Show as table' }).click()
  await expectAccessible(page, 'statistics as a table')

  await page.goto(`${stack.product.url}/app/test`)
  await expect(page.getByRole('option', { name: /Roses/u })).toBeVisible()
  await expectAccessible(page, 'looking for a recipient')
  await page.getByRole('option', { name: /Roses/u }).click()
  await page.getByRole('button', { name: 'Simulate' }).click()
  await expect(page.getByText('Simulation: nothing was sent')).toBeVisible()
  await expectAccessible(page, 'a simulation')
  await page.getByRole('button', { name: 'Insert field' }).click()
  await expect(page.getByRole('menu')).toBeVisible()
  await expectAccessible(page, 'the menu of fields')

  await page.goto(`${stack.product.url}/app/connections`)
  await page.getByRole('button', { name: 'Change key, host or company' }).click()
  await page.getByLabel('Company number').fill('x')
  await page.getByRole('button', { name: 'Check and save' }).click()
  await expect(page.getByText('A number, such as 42')).toBeVisible()
  await expectAccessible(page, 'connections with an error')

  await page.goto(`${stack.product.url}/app/`)
  await page.getByRole('switch', { name: 'Use MAX' }).click()
  await expect(page.getByText('✓ Saved')).toBeVisible()
  await page.getByRole('button', { name: 'History' }).click()
  await expect(page.getByRole('dialog')).toContainText('MAX switched off')
  await expectAccessible(page, 'the history')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Move WhatsApp', exact: true }).click()
  await expect(page.getByRole('menu')).toBeVisible()
  await expectAccessible(page, 'the menu of moves')
})

test('every page fits 360 px and says so in every language', async ({ page, stack }) => {
  await runBots(stack, 'Hello', [2001])
  await page.setViewportSize({ width: 360, height: 740 })
  await openSettings(page, stack)
  for (const [language, heading] of [
    ['Español', 'Cascada'],
    ['Português', 'Cascata'],
    ['Türkçe', 'Kademe'],
    ['Bahasa Indonesia', 'Urutan'],
    ['English', 'Cascade'],
  ] as const) {
    await page.goto(`${stack.product.url}/app/`)
    await page.locator('.menu-button').click()
    await page.locator('.sidebar select').first().selectOption(language)
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading)
    for (const path of ['/', '/activity', '/statistics', '/test', '/connections']) {
      await page.goto(`${stack.product.url}/app${path}`)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
      const [inner, content] = await page.evaluate(() => [
        innerWidth,
        document.documentElement.scrollWidth,
      ])
      expect(content, `${language} ${path}`).toBeLessThanOrEqual(inner ?? 0)
      // No text is missing: a key would show its dots.
      await expect(page.locator('body')).not.toContainText(
        /\b(?:nav|cascade|activity|statistics|test|connections|timeline|errors)\.[a-z_]+/u,
      )
    }
  }
})

test('who is no administrator sees the cascade and the statistics, and why not the rest', async ({
  page,
  stack,
}) => {
  await openSettings(page, stack, '/', NO_ADMIN)
  await expect(page.getByText('Only an administrator of the Kommo account')).toBeVisible()
  await expect(page.getByRole('button', { name: /^Reorder WhatsApp,/u })).toBeDisabled()
  await page.getByRole('link', { name: /^Statistics/u }).click()
  await expect(page.getByRole('heading', { name: 'Nothing to count yet' })).toBeVisible()
  for (const name of ['Activity', 'Test send', 'Connections']) {
    await page.getByRole('link', { name: new RegExp(`^${name}`, 'u') }).click()
    await expect(page.getByRole('heading', { name: 'For administrators' })).toBeVisible()
    await expectAccessible(page, `${name} without rights`)
  }
})

test('W10 no site can frame the settings', async ({ page, stack }) => {
  await openSettings(page, stack)
  await page.goto(stack.kommoUrl)
  await page.evaluate(url => {
    const frame = document.createElement('iframe')
    frame.src = url
    document.body.append(frame)
  }, `${stack.product.url}/app/`)
  const frame = () => page.frames().find(one => one !== page.mainFrame())
  await expect.poll(() => frame()?.url()).toBe('chrome-error://chromewebdata/')
})

test('W13 third-party cookies play no part', async ({ page, editor }) => {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.setCookieControls', {
    enableThirdPartyCookieRestriction: true,
  })
  await editor.makeBot('Hello')
  await editor.openSetup()
  const opening = page.waitForEvent('popup')
  await editor.form.getByRole('button', { name: /Configure it in Radist.online/u }).click()
  const settings = await opening
  await expect(settings.getByRole('heading', { name: 'Cascade', level: 1 })).toBeVisible()
  await settings.reload()
  await expect(settings.getByRole('switch', { name: 'Use MAX' })).toBeVisible()
})

test('T5 another account that signs in with the same browser is not mixed into an open page', async ({
  page,
  stack,
}) => {
  await openSettings(page, stack)
  await expect(page.getByRole('switch', { name: 'Use MAX' })).toBeVisible()
  // To the server the change looks as if the page had been opened for account 77.
  const codes: string[] = []
  await page.route('**/api/cascade', async route => {
    if (route.request().method() !== 'PUT') return route.continue()
    const headers = { ...route.request().headers(), 'x-account-id': '77' }
    const response = await route.fetch({ headers })
    // Read here: the page that asked is about to go.
    const { error } = (await response.json()) as { error?: { code: string } }
    codes.push(error?.code ?? 'none')
    return route.fulfill({ response })
  })
  const reloaded = page.waitForEvent('load')
  await page.getByRole('switch', { name: 'Use MAX' }).click()
  await expect.poll(() => codes).toEqual(['other_account'])
  // What was shown goes, and the page begins anew with the account that is signed in.
  await reloaded
  await expect(page.getByRole('switch', { name: 'Use MAX' })).toBeChecked()
})

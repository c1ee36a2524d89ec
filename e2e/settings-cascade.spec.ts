import type { Page } from '@playwright/test'
import { draggable, openSettings, signInLink } from './support/settings.ts'
import { expect, test } from './support/test.ts'

const order = (page: Page) => page.locator('.messenger h2').allTextContents()
const saved = (page: Page) => expect(page.getByText('✓ Saved')).toBeVisible()
const switchOf = (page: Page, name: string) =>
  page.getByRole('switch', { name: `Use ${name}`, exact: true })

test('two admins: the second sees what the first did, and keeps the own change on top of it', async ({
  page,
  stack,
}) => {
  await openSettings(page, stack)
  const second = await page.context().newPage()
  await second.goto(`${stack.product.url}/app/`)
  await expect(switchOf(second, 'MAX')).toBeVisible()
  await switchOf(page, 'MAX').click()
  await saved(page)

  await second.getByLabel('Wait for Telegram, in seconds').fill('30')
  await second.getByLabel('Wait for Telegram, in seconds').press('Enter')
  const dialog = second.getByRole('dialog', { name: 'Somebody else changed the cascade meanwhile' })
  await expect(dialog).toContainText('Clara Ruiz saved this minute')
  await expect(dialog).toContainText('MAX switched off')
  await expect(dialog).toContainText('Telegram: wait 30 sec instead of 2 sec')
  await dialog.getByRole('button', { name: 'Keep mine' }).click()
  await saved(second)
  await second.reload()
  // What is kept is the whole of one's own version, as the dialog said.
  await expect(second.getByLabel('Wait for Telegram, in seconds')).toHaveValue('30')
  await expect(switchOf(second, 'MAX')).toBeChecked()
})

test('two admins: the second takes what the first did', async ({ page, stack }) => {
  await openSettings(page, stack)
  const second = await page.context().newPage()
  await second.goto(`${stack.product.url}/app/`)
  await expect(switchOf(second, 'MAX')).toBeVisible()
  await switchOf(page, 'MAX').click()
  await saved(page)
  await switchOf(second, 'Telegram').click()
  await second.getByRole('button', { name: 'Take theirs' }).click()
  await expect(switchOf(second, 'MAX')).not.toBeChecked()
  await expect(switchOf(second, 'Telegram')).toBeChecked()
  await second.getByRole('button', { name: 'History' }).click()
  await expect(second.getByRole('dialog')).toContainText('MAX switched off')
  await expect(second.getByRole('dialog')).not.toContainText('Telegram')
})

test('the history says who changed what', async ({ page, stack }) => {
  await openSettings(page, stack)
  await page.getByRole('button', { name: 'Move MAX' }).click()
  await page.getByRole('menuitem', { name: 'Move to top' }).click()
  await saved(page)
  await page.getByRole('button', { name: 'History' }).click()
  const dialog = page.getByRole('dialog', { name: 'History' })
  await expect(dialog).toContainText('Clara Ruiz')
  await expect(dialog).toContainText('MAX: from position 3 to 1')
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('button', { name: 'History' })).toBeFocused()
})

test('the last messenger and the last connection are not switched off by accident', async ({
  page,
  stack,
}) => {
  await openSettings(page, stack)
  for (const name of ['Telegram', 'MAX']) await switchOf(page, name).click()
  await page.getByRole('checkbox', { name: '+34 612 40 18 22' }).uncheck()
  await page.getByRole('checkbox', { name: '+34 612 40 18 23' }).click()
  await expect(page.getByRole('alert')).toContainText('WhatsApp has none left and is skipped')
  await page.getByRole('button', { name: 'Keep it ticked' }).click()
  await expect(page.getByRole('checkbox', { name: '+34 612 40 18 23' })).toBeChecked()
  await switchOf(page, 'WhatsApp').click()
  await expect(page.getByRole('alert')).toContainText('This is the last messenger')
  await page.getByRole('button', { name: 'Switch off anyway' }).click()
  await expect(page.getByText('No messenger is left')).toBeVisible()
})

test('a wait outside its bounds is said beside the field, and nothing is saved', async ({
  page,
  stack,
}) => {
  await openSettings(page, stack)
  const field = page.getByLabel('Wait for WhatsApp, in seconds')
  for (const wrong of ['0', '-5', 'soon', '', '1e9']) {
    await field.fill(wrong)
    await field.press('Enter')
    await expect(field).toHaveAccessibleDescription('From 2 sec to 24 hr')
  }
  await field.press('Escape')
  await expect(field).toHaveValue('2')
  await expect(page.getByText('✓ Saved')).toBeHidden()
})

test('hundreds of new connections come unticked and marked, are searched and selected at once', async ({
  page,
  stack,
}) => {
  await stack.post(`${stack.radistUrl}/ui/connections`, { type: 'whatsapp', count: 300 })
  await openSettings(page, stack, '/connections')
  await page.getByRole('button', { name: 'Read again now' }).click()
  await page.getByRole('link', { name: 'Cascade' }).click()
  const summary = page.getByRole('button', { name: /^2 of 302 connections take turns/u })
  await expect(summary).toBeVisible()
  // So many are not opened by themselves.
  await page.reload()
  await summary.click()
  const search = page.getByRole('searchbox', { name: 'Search 302 connections' })
  await expect(search).toBeVisible()
  // Only those in sight are drawn.
  expect(await page.locator('.connections li').count()).toBeLessThan(30)
  await search.fill('no. 29')
  const found = page.getByRole('checkbox', { name: /^whatsapp no\. 29/u })
  await expect(found.first()).not.toBeChecked()
  await expect(page.locator('.connections .pill.new').first()).toHaveText('new')
  await page.getByRole('checkbox', { name: 'Select all (11)' }).check()
  await saved(page)
  await expect(page.getByText('13 of 302 connections take turns')).toBeVisible()
})

test('without a network what is chosen waits, and is saved when it is back', async ({
  page,
  context,
  stack,
}) => {
  // Not even what the page loads a moment later is there.
  await page.route(/\/assets\/(?:sortable-drag|move-menu)-/u, route => route.abort())
  await openSettings(page, stack)
  await expect(switchOf(page, 'MAX')).toBeChecked()
  await context.setOffline(true)
  await expect(page.getByText('No connection to the server')).toBeVisible()
  // The lost line may be noticed by its broken requests, before the browser says that it is offline.
  await page.waitForFunction(() => !navigator.onLine)
  await switchOf(page, 'MAX').click()
  await expect(page.getByText('Offline: saved once the network is back')).toBeVisible()
  await expect(switchOf(page, 'MAX')).not.toBeChecked()
  await page.unroute(/\/assets\/(?:sortable-drag|move-menu)-/u)
  await context.setOffline(false)
  await saved(page)
  await expect(page.getByText('No connection to the server')).toBeHidden()
  await expect(page.getByRole('button', { name: 'Move MAX' })).toBeEnabled()
  await draggable(page)
  await page.reload()
  await expect(switchOf(page, 'MAX')).not.toBeChecked()
})

test('a slow server shows what was chosen at once; one that fails brings the saved state back', async ({
  page,
  stack,
}) => {
  await openSettings(page, stack)
  let answer: () => void = () => undefined
  const held = new Promise<void>(resolve => {
    answer = resolve
  })
  await page.route('**/api/cascade', async route => {
    if (route.request().method() === 'PUT') await held
    await route.continue()
  })
  await switchOf(page, 'MAX').click()
  await expect(switchOf(page, 'MAX')).not.toBeChecked()
  await expect(page.getByText('Saving…')).toBeVisible()
  await page.getByRole('button', { name: 'Move Telegram' }).click()
  await page.getByRole('menuitem', { name: 'Move up' }).click()
  answer()
  await saved(page)
  expect((await order(page)).slice(0, 2)).toEqual(['Telegram', 'WhatsApp'])

  await page.unroute('**/api/cascade')
  await page.route('**/api/cascade', route =>
    route.request().method() === 'PUT'
      ? route.fulfill({ status: 503, json: { error: { code: 'unavailable', message: '' } } })
      : route.continue(),
  )
  await switchOf(page, 'WhatsApp').click()
  await expect(page.getByText('Couldn’t save. The last saved state is back.')).toBeVisible()
  await expect(switchOf(page, 'WhatsApp')).toBeChecked()
  expect((await order(page)).slice(0, 2)).toEqual(['Telegram', 'WhatsApp'])
})

test('an expired session says how to come back, and the page goes on where it was', async ({
  page,
  context,
  stack,
}) => {
  await openSettings(page, stack, '/connections')
  await expect(page.getByRole('heading', { name: 'Radist.Online' })).toBeVisible()
  await context.clearCookies()
  await page.getByRole('button', { name: 'Check now' }).click()
  await expect(page.getByRole('heading', { name: 'You are signed out' })).toBeVisible()
  await expect(page.getByText('501')).toBeHidden()
  const other = await context.newPage()
  await other.goto(await signInLink(stack))
  await expect(switchOf(other, 'MAX')).toBeVisible()
  await page.bringToFront()
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('heading', { name: 'Radist.Online' })).toBeVisible()
  // Signing out in one tab ends the session for both.
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'You are signed out' })).toBeVisible()
  await other.reload()
  await expect(other.getByRole('heading', { name: 'You are signed out' })).toBeVisible()
})

test('everything is done by keyboard alone, and the focus is never lost', async ({
  page,
  stack,
}) => {
  await openSettings(page, stack)
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'History' })).toBeFocused()

  await page.getByRole('button', { name: 'Move WhatsApp', exact: true }).focus()
  await page.keyboard.press('Enter')
  const items = page.getByRole('menuitem')
  // The first one that is possible has the focus; each key moves it.
  await expect(items.and(page.locator(':focus'))).toHaveCount(1)
  await page.keyboard.press('End')
  await expect(items.last()).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Move WhatsApp', exact: true })).toBeFocused()
  expect(await order(page)).not.toEqual(['WhatsApp', 'Telegram', 'MAX', 'WhatsApp Business API'])
  await page.keyboard.press('Control+z')
  await expect(page.locator('.messenger h2').first()).toHaveText('WhatsApp')

  await switchOf(page, 'MAX').focus()
  await page.keyboard.press('Space')
  await expect(switchOf(page, 'MAX')).not.toBeChecked()
  await expect(switchOf(page, 'MAX')).toBeFocused()

  await page.keyboard.press('g')
  await page.keyboard.press('a')
  await expect(page.getByRole('heading', { name: 'Activity', level: 1 })).toBeVisible()
  await expect(page.locator('#main')).toBeFocused()
  await page.keyboard.press('/')
  await expect(page.getByRole('searchbox')).toBeFocused()
  await page.keyboard.type('?')
  await expect(page.getByRole('searchbox')).toHaveValue('?')
  await page.getByRole('link', { name: 'Activity' }).focus()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
})

test.describe('by touch', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 1400 } })

  test('a messenger is dragged by its handle', async ({ page, stack }) => {
    await openSettings(page, stack)
    await draggable(page)
    const from = await page.getByRole('button', { name: /^Reorder MAX/u }).boundingBox()
    const to = await page.getByRole('button', { name: /^Reorder Telegram/u }).boundingBox()
    if (!from || !to) throw new Error('There are no handles')
    const session = await page.context().newCDPSession(page)
    const touch = async (type: 'touchStart' | 'touchMove' | 'touchEnd', y: number) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: type === 'touchEnd' ? [] : [{ x: from.x + 22, y }],
      })
    const start = from.y + 22
    await touch('touchStart', start)
    // A finger rests for a moment before it drags.
    await page.waitForFunction(
      since => performance.now() - since > 500,
      await page.evaluate(() => performance.now()),
    )
    for (let step = 1; step <= 12; step++) {
      await touch('touchMove', start + ((to.y - 30 - start) * step) / 12)
      await page.evaluate(() => new Promise(resolve => requestAnimationFrame(resolve)))
    }
    await touch('touchEnd', 0)
    await expect
      .poll(() => order(page))
      .toEqual(['WhatsApp', 'MAX', 'Telegram', 'WhatsApp Business API'])
    await saved(page)
  })
})

import type { Page } from '@playwright/test'
import { exitOf } from './support/editor.ts'
import { draggable } from './support/settings.ts'
import { expect, test } from './support/test.ts'

/** Opens the settings as a person does: by the form's button, in a new tab. */
async function openFromForm(page: Page, editor: { form: ReturnType<Page['locator']> }) {
  const opening = page.waitForEvent('popup')
  await editor.form.getByRole('button', { name: /Configure it in Radist.online/u }).click()
  const settings = await opening
  await expect(settings.getByRole('heading', { name: 'Cascade', level: 1 })).toBeVisible()
  return settings
}

test('dragging Telegram above WhatsApp makes it the first to be tried', async ({
  page,
  stack,
  editor,
}) => {
  const bot = await editor.makeBot('Hello')
  await editor.openSetup()
  const settings = await openFromForm(page, editor)
  const order = () => settings.locator('.messenger h2').allTextContents()
  await expect
    .poll(async () => (await order()).slice(0, 3))
    .toEqual(['WhatsApp', 'Telegram', 'MAX'])

  await draggable(settings)
  await settings.getByRole('button', { name: 'Reorder Telegram, position 2 of 4' }).hover()
  await settings.mouse.down()
  const target = await settings.getByRole('button', { name: /^Reorder WhatsApp,/u }).boundingBox()
  for (let step = 1; step <= 12; step++) {
    const from = (target?.y ?? 0) + 120
    await settings.mouse.move((target?.x ?? 0) + 22, from - (step * 130) / 12)
    await settings.evaluate(() => new Promise(resolve => requestAnimationFrame(resolve)))
  }
  await settings.mouse.up()
  await expect(settings.getByText('✓ Saved')).toBeVisible()
  await expect.poll(async () => (await order()).slice(0, 2)).toEqual(['Telegram', 'WhatsApp'])
  await expect(settings.locator('.sentence')).toContainText('Telegram 2 sec, then WhatsApp')

  expect(exitOf(await editor.run(bot, 2015))).toBe('Delivered')
  expect((await stack.sends()).map(send => send.connectionId)).toEqual([3])

  await settings.reload()
  await expect(settings.locator('.messenger h2').first()).toHaveText('Telegram')
})

test('a messenger that is switched off and a connection that is unticked are not used', async ({
  page,
  stack,
  editor,
}) => {
  const bot = await editor.makeBot('Hello')
  await editor.openSetup()
  const settings = await openFromForm(page, editor)
  await settings.getByRole('switch', { name: 'Use WhatsApp', exact: true }).click()
  await settings
    .getByRole('region', { name: 'Telegram' })
    .getByText(/take turns/u)
    .click()
  await settings.getByRole('checkbox', { name: '@flowers_madrid', exact: true }).uncheck()
  await expect(settings.getByText('✓ Saved')).toBeVisible()
  await expect(settings.locator('.sentence')).not.toContainText('WhatsApp')

  for (const lead of [2015, 2016]) expect(exitOf(await editor.run(bot, lead))).toBe('Delivered')
  expect((await stack.sends()).map(send => send.connectionId)).toEqual([4, 4])
})

test('the keyboard and the menu reorder, too, and undo brings the order back', async ({
  page,
  editor,
}) => {
  await editor.makeBot('Hello')
  await editor.openSetup()
  const settings = await openFromForm(page, editor)
  const first = settings.locator('.messenger h2').first()
  await draggable(settings)
  const handle = settings.getByRole('button', { name: /^Reorder Telegram/u })
  await handle.focus()
  await settings.keyboard.press('Space')
  await settings.keyboard.press('ArrowUp')
  await expect(settings.getByText('Telegram moved to position 1 of 4').first()).toBeAttached()
  await settings.keyboard.press('Space')
  await expect(first).toHaveText('Telegram')
  await expect(handle).toBeFocused()
  await settings.getByRole('button', { name: 'Undo' }).click()
  await expect(first).toHaveText('WhatsApp')
  await settings.getByRole('button', { name: 'Move MAX' }).press('Enter')
  const toTop = settings.getByRole('menuitem', { name: 'Move to top' })
  // The menu has taken the focus, as a person would see before going on.
  await expect(settings.getByRole('menuitem', { name: 'Move up' })).toBeFocused()
  await toTop.focus()
  await expect(toTop).toBeFocused()
  await settings.keyboard.press('Enter')
  await expect(first).toHaveText('MAX')
  await expect(settings.getByText('MAX moved to position 1 of 4')).toBeAttached()
})

test('a link to the settings works once, and the settings need one', async ({
  page,
  stack,
  editor,
}) => {
  await page.goto(`${stack.product.url}/app/`)
  await expect(page.getByRole('heading', { name: 'You are signed out' })).toBeVisible()
  await editor.makeBot('Hello')
  await editor.openSetup()
  const answer = page.waitForResponse(/\/api\/widget\/sign-in/u)
  await openFromForm(page, editor)
  const { url } = (await (await answer).json()) as { url: string }
  await page.context().clearCookies()
  await page.goto(url)
  await expect(page.getByText('This link was used before', { exact: false })).toBeVisible()
})

test('a person who is no administrator sees the cascade and cannot change it', async ({
  page,
  stack,
  editor,
}) => {
  await page.goto(`${stack.kommoUrl}/bots`)
  await page.goto(`${stack.kommoUrl}/appearance/user/505`)
  await editor.makeBot('Hello')
  await editor.openSetup()
  const settings = await openFromForm(page, editor)
  await expect(settings.getByText('Only an administrator of the Kommo account')).toBeVisible()
  await expect(settings.getByRole('switch', { name: 'Use WhatsApp', exact: true })).toBeDisabled()
  const refused = await settings.evaluate(async () => {
    const cascade = (await (await fetch('/api/cascade')).json()) as { version: number }
    const response = await fetch('/api/cascade', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ version: cascade.version, messengers: [] }),
    })
    return response.status
  })
  expect(refused).toBe(403)
})

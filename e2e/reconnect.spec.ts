import { AxeBuilder } from '@axe-core/playwright'
import { openDatabase } from '../storage/database.ts'
import { openSettings, runBots, signInLink, NO_ADMIN } from './support/settings.ts'
import type { Stack } from './support/stack.ts'
import { expect, test, until } from './support/test.ts'

/** Kommo's admin takes our access away, an hour after it was given. */
async function loseAccess(stack: Stack): Promise<void> {
  const database = await openDatabase(`sqlite:${stack.settings.dataFolder}/cascade.db`)
  await database.updateTable('kommo_grants').set({ issued_at: 0 }).execute()
  await database.destroy()
  await stack.post(`${stack.kommoUrl}/ajax/oauth`, { action: 'revoke' })
}

test('access that was lost is shown on every page, and an admin gives it back in Kommo', async ({
  page,
  stack,
}) => {
  await openSettings(page, stack, '/connections')
  const kommo = page.getByRole('region', { name: 'Kommo', exact: true })
  await expect(kommo).toContainText('granted in Kommo, renewed by itself')
  await expect(kommo).toContainText('Clara Ruiz')

  await loseAccess(stack)
  const botId = await stack.makeBot(JSON.stringify({ version: 1, text: 'Hello' }))
  await stack.post(`${stack.kommoUrl}/ajax/bots/${botId}/run`, { leadId: 2002 })
  await until('the run to need Kommo', async () => {
    await page.goto(`${stack.product.url}/app/`)
    return page.getByText('Kommo refuses our token').isVisible()
  })
  const banner = page.getByRole('alert').filter({ hasText: 'Kommo refuses our token' })
  await expect(banner).toBeVisible()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(one => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([])
  }
  await banner.getByRole('link', { name: 'Connect Kommo' }).click()
  await expect(kommo).toContainText('Disconnected')
  await kommo.getByRole('button', { name: 'Connect Kommo' }).click()

  // Kommo's own page.
  await expect(page.getByRole('heading', { name: /Allow Radist.Online/u })).toBeVisible()
  await page.getByRole('button', { name: 'Allow' }).click()
  await expect(page).toHaveURL(`${stack.product.url}/app/connections`)
  await expect(kommo).toContainText('Connected')
  await expect(banner).toHaveCount(0)
  // The bot that was held goes on by itself.
  await until('the bot', async () => {
    const { runs } = await stack.kommoLog()
    return runs.every(run => run.state === 'finished')
  })
  await runBots(stack, 'Hello again', [2003])
})

test('a refusal in Kommo changes nothing, and a person without rights is told whom to ask', async ({
  page,
  stack,
}) => {
  await openSettings(page, stack, '/connections')
  const kommo = page.getByRole('region', { name: 'Kommo', exact: true })
  await expect(kommo).toContainText('Connected')
  await kommo.getByRole('button', { name: 'Connect Kommo' }).click()
  await page.getByRole('button', { name: 'Deny' }).click()
  await expect(page.getByRole('heading', { name: 'Kommo is not connected' })).toBeVisible()
  await expect(page.getByText('access was not granted')).toBeVisible()
  await page.goto(`${stack.product.url}/app/connections`)
  await expect(kommo).toContainText('Connected')

  await loseAccess(stack)
  await kommo.getByRole('button', { name: 'Check now' }).click()
  await expect(kommo).toContainText('Disconnected')
  await page.context().clearCookies()
  await page.goto(await signInLink(stack, NO_ADMIN))
  await expect(page.getByText('Ask an administrator of the account.')).toBeVisible()
})

test('new chats of the month are counted, and a plan’s number is kept', async ({ page, stack }) => {
  await runBots(stack, 'Hello', [2003])
  await openSettings(page, stack, '/connections')
  const section = page.getByRole('region', { name: 'New chats this month' })
  await expect(section).toContainText('1 new chat')
  const [first] = await section.getByRole('textbox').all()
  await first?.fill('many')
  await first?.press('Enter')
  await expect(section.getByRole('alert')).toHaveText('A whole number, or nothing')
  await first?.fill('1')
  await first?.blur()
  await expect(section).toContainText('1 new chat: used up')
  await page.reload()
  await expect(section.getByRole('textbox').first()).toHaveValue('1')
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(one => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([])
})

test('what the marketplace links to says which data is used', async ({ page, stack }) => {
  await page.goto(`${stack.product.url}/privacy`)
  await expect(page.getByRole('heading', { name: 'Privacy' })).toBeVisible()
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(one => one.id)).toEqual([])
})

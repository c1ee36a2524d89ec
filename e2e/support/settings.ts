import { expect, type Page } from '@playwright/test'
import type { Stack } from './stack.ts'
import { until } from './until.ts'

const ADMIN = 504
export const NO_ADMIN = 505

/** The link that the widget would open for this person, without the way through the editor. */
export async function signInLink(stack: Stack, userId = ADMIN): Promise<string> {
  return stack.signInLink(await stack.pageToken(userId))
}

/** Signs in and opens a page of the settings. */
export async function openSettings(
  page: Page,
  stack: Stack,
  path = '/',
  userId = ADMIN,
): Promise<void> {
  await page.goto(await signInLink(stack, userId))
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  if (path !== '/') await page.goto(`${stack.product.url}/app${path}`)
}

/** Runs a bot with this message for each deal, and waits until all of them went on. */
export async function runBots(stack: Stack, message: string, leadIds: number[]): Promise<void> {
  const botId = await stack.makeBot(JSON.stringify({ version: 1, text: message }))
  for (const leadId of leadIds) {
    await stack.post(`${stack.kommoUrl}/ajax/bots/${botId}/run`, { leadId })
  }
  await until('every bot', async () => {
    const { runs } = await stack.kommoLog()
    return runs.every(run => run.state === 'finished')
  })
}

/** The library that drags is there: it comes a moment after the list. */
export async function draggable(page: Page): Promise<void> {
  await expect(page.locator('.handle[aria-roledescription=draggable]').last()).toBeVisible()
}

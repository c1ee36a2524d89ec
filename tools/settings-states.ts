import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { openSettings, runBots } from '../e2e/support/settings.ts'
import { Stack } from '../e2e/support/stack.ts'
import { ACCOUNT_ID } from '../emulators/kommo/account.ts'
import { openDatabase } from '../storage/database.ts'
import { setConnection } from '../storage/cascades.ts'
import { addCounts } from '../storage/statistics.ts'
import { CHROMIUM_ARGUMENTS, chromiumPath } from './chromium.ts'

/**
 * Photographs every page of the settings for `docs/settings/`: light and dark, wide and narrow, each
 * language once. The runs are real ones of the emulated account, the counters of former days invented.
 */
const folder = path.resolve(import.meta.dirname, '../docs/settings')
await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
const names: string[] = []
const DAY_MS = 24 * 3600_000

const stack = await Stack.start({ DELIVERY_WAIT_SECONDS: '2' })
const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGUMENTS })

/** A month in which most was delivered soon, and not everything. */
async function inventHistory(): Promise<void> {
  const database = await openDatabase(`sqlite:${stack.settings.dataFolder}/cascade.db`)
  const messengers = [
    { messenger: 'whatsapp', connectionIds: [1, 2], delivered: 0.86, ms: 3200, perDay: 60 },
    {
      messenger: 'telegram_personal',
      connectionIds: [3, 4],
      delivered: 0.61,
      ms: 7400,
      perDay: 14,
    },
    { messenger: 'max_personal', connectionIds: [5], delivered: 0.34, ms: 16_000, perDay: 6 },
  ]
  let turn = 0
  for (let day = 1; day < 30; day++) {
    for (const { messenger, connectionIds, delivered, ms, perDay } of messengers) {
      const count = Math.round(perDay * (0.6 + 0.4 * Math.sin(day * 1.3) ** 2))
      for (let index = 0; index < count; index++) {
        turn += 1
        const share = ((turn * 37) % 100) / 100
        const isDelivered = share < delivered
        const result = isDelivered
          ? 'delivered'
          : share > 0.97
            ? 'unknown'
            : share > 0.9
              ? 'failed'
              : 'fell_through'
        const connectionId = connectionIds[turn % connectionIds.length] ?? 0
        await addCounts(database, ACCOUNT_ID, Date.now() - day * DAY_MS, {
          run: { isDelivered: isDelivered || share < 0.97, byExistingChat: share < 0.3 },
          attempts: [{ connectionId, messenger, result }],
          times: isDelivered ? [{ connectionId, messenger, ms: ms * (0.4 + share * 2) }] : [],
        })
      }
    }
  }
  await setConnection(database, ACCOUNT_ID, 2, {
    state: 'in_subscription',
    resting_until: Date.now() + 10 * 60_000,
    rests: 1,
  })
  await database.destroy()
}

async function photograph(page: Page, name: string, isWhole = true): Promise<void> {
  names.push(name)
  await page.evaluate(() => document.fonts.ready)
  await page.waitForTimeout(400)
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: isWhole })
}

const open = (page: Page, where: string) => page.goto(`${stack.product.url}/app${where}`)

try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
  await openSettings(page, stack)
  await page.getByRole('heading', { name: 'First steps' }).waitFor()
  await photograph(page, 'cascade-first-steps', false)
  await inventHistory()
  await stack.react('whatsapp', 'silent')
  await runBots(
    stack,
    'Hello [Contact.FirstName|friend]! Your [Deal.Name] is ready. 💐',
    [2001, 2002],
  )
  await stack.react('whatsapp', 'fail')
  await runBots(stack, 'Your order is ready [Deal.CF.12347]', [2005, 2010])
  await stack.react('whatsapp', 'deliver')
  await runBots(stack, 'See you tomorrow, [Contact.FirstName]!', [2003, 2006, 2011, 2015])

  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    for (const width of [1280, 360]) {
      const suffix = `${width === 360 ? 'narrow' : 'wide'}-${scheme}`
      await page.setViewportSize({ width, height: width === 360 ? 780 : 860 })
      await open(page, '/')
      await page.getByRole('switch', { name: 'Use MAX' }).waitFor()
      await photograph(page, `cascade-${suffix}`)
      await open(page, '/activity')
      await page.locator('.run').first().waitFor()
      await photograph(page, `activity-${suffix}`)
      await page.locator('.run', { hasText: 'Lucía' }).click()
      await page.locator('.timeline').waitFor()
      await photograph(page, `run-${suffix}`)
      await open(page, '/statistics')
      await page.locator('.chart > svg').waitFor()
      await photograph(page, `statistics-${suffix}`)
      await open(page, '/test')
      await page.getByRole('option', { name: /Roses/u }).click()
      await page.getByRole('button', { name: 'Simulate' }).click()
      await page.locator('.timeline').waitFor()
      await photograph(page, `test-${suffix}`)
      await open(page, '/connections')
      await page.getByText('as expected').waitFor()
      await page.locator('.panel').nth(1).locator('.pill.ok').waitFor()
      await photograph(page, `connections-${suffix}`)
    }
  }

  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 860 })
  await open(page, '/')
  for (const [language, where] of [
    ['es', '/'],
    ['pt', '/activity'],
    ['tr', '/statistics'],
    ['id', '/connections'],
  ] as const) {
    await page.evaluate(chosen => localStorage.setItem('language', chosen), language)
    await open(page, where)
    await page.locator('.messenger, .run, .chart svg, .panel .facts').first().waitFor()
    await photograph(page, `in-${language}`)
  }
  await page.evaluate(() => localStorage.setItem('language', 'en'))
  await page.setViewportSize({ width: 2560, height: 1200 })
  await open(page, '/')
  await page.getByRole('switch', { name: 'Use MAX' }).waitFor()
  await photograph(page, 'cascade-ultra-wide')

  const lines = names.map(name => `## ${name}\n\n![${name}](${name}.png)\n`)
  const head = '# The settings app\n\nMade by `npm run screenshots` from the running product.\n'
  await writeFile(path.join(folder, 'README.md'), [head, ...lines].join('\n'))
} finally {
  await browser.close()
  await stack.stop()
}

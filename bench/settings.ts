import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { chromium, type Page } from '@playwright/test'
import lighthouse, { desktopConfig } from 'lighthouse'
import { CHROMIUM_ARGUMENTS, chromiumPath } from '../tools/chromium.ts'
import { openDatabase } from '../storage/database.ts'
import { createSession } from '../storage/sessions.ts'
import { fillActivity } from './activity.ts'
import { freePort, kill, startServer } from './processes.ts'

const TIMES = 9
/** The baseline is the same app for an account as small as the demo's. */
const SIZES = {
  small: { messengers: 4, connections: 6, runs: 20 },
  large: { messengers: 12, connections: 1000, runs: 100_000 },
} as const
const ACCOUNT_ID = 1

type Timed = { what: string; smallMs: number; largeMs: number }
type Score = {
  formFactor: string
  performance: number
  accessibility: number
  bestPractices: number
  seo: number
  largestPaintMs: number
  blockedMs: number
  shift: number
}

/** The settings app for a large account beside a small one, and what Lighthouse says of it. */
export async function settingsSpeed(): Promise<{
  answers: Timed[]
  interactions: Timed[]
  scores: Score[]
}> {
  const small = await measure(SIZES.small, false)
  const large = await measure(SIZES.large, true)
  return {
    answers: beside(small.answers, large.answers),
    interactions: beside(small.interactions, large.interactions),
    scores: large.scores,
  }
}

type Measured = Map<string, number>

async function measure(
  size: { messengers: number; connections: number; runs: number },
  withLighthouse: boolean,
): Promise<{ answers: Measured; interactions: Measured; scores: Score[] }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cascade-bench-'))
  const url = `sqlite:${folder}/cascade.db`
  await fillActivity(folder, { accountId: ACCOUNT_ID, ...size })
  const database = await openDatabase(url)
  const person = { accountId: ACCOUNT_ID, userId: 1, isAdmin: true }
  const token = await createSession(database, person, Date.now())
  await database.destroy()
  const port = await freePort()
  const server = await startServer('api/main.ts', port, {
    HOST: '127.0.0.1',
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    KOMMO_CLIENT_ID: 'bench',
    KOMMO_CLIENT_SECRET: 'the secret of the benchmark’s integration',
    KOMMO_URL: 'http://127.0.0.1:9',
    RADIST_API_URL: 'http://127.0.0.1:9/v2',
    DATABASE_URL: url,
    FILES_URL: `file:${folder}/files`,
    LOG_LEVEL: 'silent',
  })
  const cookie = `session=${token}`
  const debugPort = await freePort()
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: [...CHROMIUM_ARGUMENTS, `--remote-debugging-port=${debugPort}`],
  })
  try {
    const answers = await answerTimes(server.url, cookie)
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    await context.addCookies([{ name: 'session', value: token, url: server.url }])
    const interactions = await interactionTimes(await context.newPage(), server.url)
    const scores = withLighthouse ? await lighthouseScores(server.url, cookie, debugPort) : []
    return { answers, interactions, scores }
  } finally {
    await browser.close()
    await kill(server)
    await rm(folder, { recursive: true, force: true })
  }
}

/** How long the server takes for what the pages ask, in milliseconds. */
async function answerTimes(url: string, cookie: string): Promise<Measured> {
  const long = new Date(Date.now() - 29 * 24 * 3600_000).toISOString()
  const paths = {
    'the cascade': '/cascade',
    'runs, the newest': '/runs',
    'runs of a rare outcome': '/runs?outcome=open',
    'runs of one connection': '/runs?connection=7',
    'runs by a name that nobody has': '/runs?search=nobody%20at%20all',
    'runs of a month ago': `/runs?to=${long}`,
    'statistics of 30 days': '/statistics?days=30',
  }
  const times: Measured = new Map()
  for (const [what, route] of Object.entries(paths)) {
    const all: number[] = []
    for (let time = 0; time < TIMES; time++) {
      const startedAt = performance.now()
      const answer = await fetch(`${url}/api${route}`, { headers: { cookie } })
      await answer.text()
      if (!answer.ok) throw new Error(`${route} was answered with ${answer.status}`)
      all.push(performance.now() - startedAt)
    }
    times.set(what, median(all))
  }
  return times
}

/** From a key or a click to the next paint, the slowest event of each interaction, in milliseconds. */
async function interactionTimes(page: Page, url: string): Promise<Measured> {
  const times: Measured = new Map()
  await page.addInitScript(() => {
    const seen: { interactionId: number; duration: number }[] = []
    Object.assign(window, { seen })
    new PerformanceObserver(list => {
      for (const entry of list.getEntries()) {
        const { interactionId, duration } = entry as PerformanceEventTiming
        if (interactionId) seen.push({ interactionId, duration })
      }
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
  })
  const timed = async (what: string, act: () => Promise<unknown>) => {
    await page.evaluate(() => (window as unknown as { seen: unknown[] }).seen.splice(0))
    await act()
    // Events are reported a moment after they were painted.
    await page.waitForTimeout(400)
    const worst = await page.evaluate(() =>
      (window as unknown as { seen: { duration: number }[] }).seen.reduce(
        (most, one) => Math.max(most, one.duration),
        0,
      ),
    )
    times.set(what, Math.max(times.get(what) ?? 0, Math.round(worst)))
  }
  await page.goto(`${url}/app/`)
  const card = page.locator('.messenger').first()
  await card.waitFor()
  await timed('switch a messenger off and on', async () => {
    await card.getByRole('switch').click()
    await card.getByRole('switch').click()
  })
  await timed('move a messenger to the bottom', async () => {
    await card.locator('.more').click()
    await page.getByRole('menuitem').nth(3).click()
  })
  await timed('open a messenger’s connections', () =>
    page.locator('.messenger').first().locator('.messenger-name button').click(),
  )
  await timed('untick a connection', () =>
    page.locator('.connections input[type=checkbox]').nth(1).click(),
  )
  if ((await page.locator('.connections input[type=search]').count()) > 0) {
    await timed('search the connections', () =>
      page.locator('.connections input[type=search]').first().pressSequentially('no. 1'),
    )
    await timed('tick all that were found', () => page.locator('.select-all input').first().click())
  }
  await timed('go to the activity', () => page.getByRole('link', { name: 'Activity' }).click())
  await page.locator('.run').first().waitFor()
  await timed('filter by outcome', () => page.getByLabel('Outcome').selectOption('delivered'))
  await timed('search for a contact', () =>
    page.getByRole('searchbox').pressSequentially('contact 12'),
  )
  await page.getByRole('searchbox').fill('')
  await page.locator('.run').nth(3).waitFor()
  await timed('scroll', async () => {
    for (let step = 0; step < 10; step++) await page.mouse.wheel(0, 900)
  })
  await timed('open a run', () => page.mouse.click(600, 500))
  await page.locator('.timeline').waitFor()
  await timed('go to the statistics', () => page.getByRole('link', { name: 'Statistics' }).click())
  await page.locator('.chart > svg').waitFor()
  await timed('show the chart as a table', () =>
    page.getByRole('button', { name: 'Show as table' }).click(),
  )
  await timed('look at 90 days', () => page.getByRole('button', { name: '90 days' }).click())
  return times
}

async function lighthouseScores(url: string, cookie: string, port: number): Promise<Score[]> {
  const scores: Score[] = []
  for (const formFactor of ['mobile', 'desktop'] as const) {
    const flags = { port, logLevel: 'error', extraHeaders: { Cookie: cookie } } as const
    const config = formFactor === 'desktop' ? desktopConfig : undefined
    const result = await lighthouse(`${url}/app/`, flags, config)
    if (!result) throw new Error('Lighthouse gave no result')
    const { categories, audits } = result.lhr
    const score = (name: string) => Math.round((categories[name]?.score ?? 0) * 100)
    const value = (name: string) => audits[name]?.numericValue ?? 0
    scores.push({
      formFactor,
      performance: score('performance'),
      accessibility: score('accessibility'),
      bestPractices: score('best-practices'),
      seo: score('seo'),
      largestPaintMs: Math.round(value('largest-contentful-paint')),
      blockedMs: Math.round(value('total-blocking-time')),
      shift: Math.round(value('cumulative-layout-shift') * 1000) / 1000,
    })
    const failed = Object.values(audits).filter(
      ({ score: one, scoreDisplayMode }) =>
        one !== null &&
        one < 0.9 &&
        (scoreDisplayMode === 'binary' || scoreDisplayMode === 'numeric'),
    )
    for (const { id, displayValue } of failed) {
      process.stderr.write(`  Lighthouse, ${formFactor}: ${id} ${displayValue ?? ''}\n`)
    }
  }
  return scores
}

function beside(small: Measured, large: Measured): Timed[] {
  return [...large].map(([what, largeMs]) => ({
    what,
    smallMs: small.get(what) ?? Number.NaN,
    largeMs,
  }))
}

function median(values: readonly number[]): number {
  return (
    Math.round((values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0) * 10) / 10
  )
}

import type { CDPSession, Page } from '@playwright/test'
import { expect, test } from './support/test.ts'

const TIMES = 100

/** What the page holds once nothing is left that nobody holds. */
async function heldBy(
  page: Page,
  session: CDPSession,
): Promise<{ nodes: number; listeners: number; timers: number }> {
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = (await session.send('Performance.getMetrics')) as {
    metrics: { name: string; value: number }[]
  }
  const of = (name: string) => metrics.find(metric => metric.name === name)?.value ?? 0
  const timers = await page.evaluate(
    () => (window as unknown as { timers: Set<number> }).timers.size,
  )
  return { nodes: of('Nodes'), listeners: of('JSEventListeners'), timers }
}

async function measuring(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  return session
}

/** One node or listener that is kept each time would show a hundred times. */
async function expectNothingLeft(
  page: Page,
  session: CDPSession,
  repeat: () => Promise<void>,
): Promise<void> {
  const before = await heldBy(page, session)
  await repeat()
  // What is let go of in its own time, as by the browser's tools, may take the collector more than one turn.
  await expect(async () => {
    const after = await heldBy(page, session)
    expect(after.listeners).toBeLessThan(before.listeners + TIMES / 4)
    expect(after.nodes).toBeLessThan(before.nodes + TIMES / 2)
    expect(after.timers).toBeLessThanOrEqual(before.timers + 1)
  }).toPass({ timeout: 15_000 })
}

/** Counts timeouts and intervals that have neither run nor been taken back. */
function countTimers(): void {
  const timers = new Set<number>()
  Object.assign(window, { timers })
  const { setTimeout: start, setInterval: repeat, clearTimeout: stop } = window
  const [startTimer, repeatTimer, stopTimer] = [
    start.bind(window),
    repeat.bind(window),
    stop.bind(window),
  ]
  window.setTimeout = ((run: () => void, ms?: number) => {
    const id = startTimer(() => {
      timers.delete(id)
      run()
    }, ms)
    timers.add(id)
    return id
  }) as typeof window.setTimeout
  window.setInterval = ((run: () => void, ms?: number) => {
    const id = repeatTimer(run, ms)
    timers.add(id)
    return id
  }) as typeof window.setInterval
  const clear = (id?: number) => {
    if (id !== undefined) timers.delete(id)
    stopTimer(id)
  }
  window.clearTimeout = clear as typeof window.clearTimeout
  window.clearInterval = clear as typeof window.clearInterval
}

test.beforeEach(async ({ page }) => {
  await page.addInitScript(countTimers)
})

test('a hundred times opened and closed, the form leaves nothing behind', async ({
  page,
  editor,
}) => {
  await editor.makeBot('Hello [Contact.Name]')
  const session = await measuring(page)
  const openAndClose = async () => {
    await editor.openSetup()
    await editor.form.getByLabel('Message text').press('Escape')
    await expect(editor.form).toHaveCount(0)
  }
  for (let time = 0; time < 5; time++) await openAndClose()
  await expectNothingLeft(page, session, async () => {
    for (let time = 0; time < TIMES; time++) await openAndClose()
  })
})

test('a hundred times mounted and destroyed, the widget leaves nothing behind', async ({
  page,
  editor,
}) => {
  await editor.makeBot('Hello [Contact.Name]')
  const session = await measuring(page)
  const leaveAndReturn = (times: number) =>
    page.evaluate(async count => {
      type Loader = {
        load(area: string): Promise<{ widget: Widget }[]>
        destroyAll(): void
      }
      type Widget = { callbacks: Record<string, (...values: unknown[]) => unknown> }
      const [loader, $] = await new Promise<[Loader, JQueryStatic]>(resolve => {
        window.require(['widgets-loader', 'jquery'], (one: Loader, two: JQueryStatic) =>
          resolve([one, two]),
        )
      })
      for (let time = 0; time < count; time++) {
        loader.destroyAll()
        const [loaded] = await loader.load('salesbot_designer')
        const $body = $('<div><div data-field-name="message"></div></div>').appendTo('body')
        const params = { params: { message: '{"version":1,"text":"Hello"}' } }
        loaded?.widget.callbacks['salesbotDesignerSettings']?.($body, () => '', params)
        await new Promise(resolve => {
          requestAnimationFrame(resolve)
        })
        loader.destroyAll()
        $body.remove()
      }
    }, times)
  await leaveAndReturn(5)
  await expectNothingLeft(page, session, () => leaveAndReturn(TIMES))
})

test('where the page changes under the form, what was written comes back', async ({
  page,
  editor,
}) => {
  await editor.makeBot('Hello')
  await editor.openSetup()
  await editor.form.getByLabel('Message text').fill('Hello, changed')
  await page.evaluate(() => {
    window.require(
      ['jquery', 'widgets-loader'],
      ($: JQueryStatic, loader: { destroyAll(): void }) => {
        $(document).trigger('page:changed')
        loader.destroyAll()
      },
    )
  })
  await expect(editor.form).toHaveCount(0)
  await page.reload()
  await editor.openSetup()
  await expect(editor.form.getByText('We brought back what you had not saved.')).toBeVisible()
  await expect(editor.form.getByLabel('Message text')).toHaveValue('Hello, changed')
})

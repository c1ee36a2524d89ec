import { chromium, type Page } from '@playwright/test'
import { Editor } from '../e2e/support/editor.ts'
import { Stack } from '../e2e/support/stack.ts'
import { CHROMIUM_ARGUMENTS, chromiumPath } from '../tools/chromium.ts'

const CPU_SLOWDOWN = 4
const TIMES = 9

/**
 * What a page pays for the widget, and how soon a person can write, on a processor four times slower.
 * The baseline is the same script whose app is evaluated at once.
 */
export async function widgetSpeed(): Promise<{
  loadMs: number
  eagerLoadMs: number
  fieldMs: number
}> {
  const stack = await Stack.start()
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: CHROMIUM_ARGUMENTS,
  })
  try {
    const page = await browser.newPage()
    // The emulated page is what it is: the script comes as it is, or with its app evaluated at once.
    await page.route('**/eager.js*', async route => {
      const url = route.request().url().replace('eager.js', 'script.js')
      const body = (await (await fetch(url)).text()).replace(
        /return RadistCascadeLoader\.start/u,
        'loadApp();\nreturn RadistCascadeLoader.start',
      )
      await route.fulfill({ body, contentType: 'text/javascript' })
    })
    const editor = new Editor(page, stack)
    await editor.makeBot('Hello [Contact.Name]')
    await page.reload()
    await editor.card.getByText('Hello', { exact: false }).waitFor()
    const session = await page.context().newCDPSession(page)
    await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN })
    const loads: number[] = []
    const eagerLoads: number[] = []
    const fields: number[] = []
    for (let time = 0; time < TIMES; time++) {
      loads.push(await loadMs(page, 'script.js', time))
      eagerLoads.push(await loadMs(page, 'eager.js', time))
      fields.push(await firstFieldMs(page))
      await page.keyboard.press('Escape')
      await editor.form.waitFor({ state: 'detached' })
    }
    return {
      loadMs: median(loads),
      eagerLoadMs: median(eagerLoads),
      fieldMs: median(fields),
    }
  } finally {
    await browser.close()
    await stack.stop()
  }
}

/** From asking RequireJS for the script to having it. */
function loadMs(page: Page, file: string, time: number): Promise<number> {
  return page.evaluate(
    async ([name, count]) => {
      const source = [...document.scripts].find(one => one.src.includes('/widget/script.js'))?.src
      const startedAt = performance.now()
      await new Promise(resolve => {
        window.require([`${source?.replace('script.js', name)}&time=${count}`], resolve)
      })
      return performance.now() - startedAt
    },
    [file, String(time)] as const,
  )
}

/** From the click on *Setup* to a text field that has the focus and was painted. */
function firstFieldMs(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const setup = document.querySelector<HTMLElement>('.radist-cascade-card__setup')
    const startedAt = performance.now()
    setup?.click()
    for (;;) {
      await new Promise(resolve => {
        requestAnimationFrame(resolve)
      })
      const root = document.querySelector('.radist-cascade-setup')?.shadowRoot
      if (root?.activeElement?.tagName === 'TEXTAREA') return performance.now() - startedAt
    }
  })
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0)
}

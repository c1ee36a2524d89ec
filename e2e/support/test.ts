import { expect, test as base, type Page } from '@playwright/test'
import { Editor } from './editor.ts'
import { Stack, type WidgetZip } from './stack.ts'
import { until } from './until.ts'

/** A stack for each test, and the pages of the emulated Kommo. Errors on a page fail the test. */
type Fixtures = { stack: Stack; editor: Editor; pageErrors: string[] }
export type Options = { zip: WidgetZip; environment: Record<string, string> }

export const test = base.extend<Fixtures & Options>({
  zip: ['widget', { option: true }],
  environment: [{}, { option: true }],
  stack: async ({ zip, environment }, use) => {
    const stack = await Stack.start(environment, zip)
    await use(stack)
    await stack.stop()
  },
  pageErrors: [
    // After the stack, so that it is asked before: a page whose servers are gone may fail.
    async ({ context, stack: _stack }, use) => {
      const errors: string[] = []
      const watch = (page: Page) => {
        page.on('pageerror', error => errors.push(error.message))
      }
      context.pages().forEach(watch)
      context.on('page', watch)
      await use(errors)
      expect(errors, 'errors on the pages').toEqual([])
    },
    { auto: true },
  ],
  editor: async ({ page, stack }, use) => use(new Editor(page, stack)),
})

export { expect, until }

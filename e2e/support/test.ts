import { expect, test as base, type Page } from '@playwright/test'
import { Editor } from './editor.ts'
import { Stack, until } from './stack.ts'

/** A stack for each test, and the pages of the emulated Kommo. Errors on a page fail the test. */
export const test = base.extend<{ stack: Stack; editor: Editor; pageErrors: string[] }>({
  // eslint wants the empty pattern: Playwright reads the parameters' names.
  stack: async ({ browserName: _browserName }, use) => {
    const stack = await Stack.start()
    await use(stack)
    await stack.stop()
  },
  pageErrors: [
    async ({ context }, use) => {
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

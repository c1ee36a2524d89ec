import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { test as base } from '@playwright/test'
import { BreakingLine } from './support/breaking-line.ts'
import { Editor } from './support/editor.ts'
import { emptyFile } from './support/files.ts'
import { Stack } from './support/stack.ts'
import { expect } from './support/test.ts'

const MB = 1024 * 1024

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) hash.update(chunk)
  return hash.digest('hex')
}

base('a hundred megabytes arrive whole over a line that breaks four times', async ({ page }) => {
  const line = await BreakingLine.start(4)
  const stack = await Stack.start(
    // The upload answers at the line's address; the product listens behind it.
    { PUBLIC_URL: line.url },
    'widget',
    port => line.leadTo(port),
  )
  try {
    const editor = new Editor(page, stack)
    await editor.openNewBot()
    await editor.addStep()
    await editor.openSetup()
    const file = await emptyFile('film.bin', 100 * MB)
    await editor.attach(file)
    await expect(editor.form.getByText('Sent as a file', { exact: false })).toBeVisible({
      timeout: 100_000,
    })
    expect(line.cuts).toBe(4)
    await editor.saveForm()
    const folder = path.join(stack.settings.dataFolder, 'files')
    const stored = (await readdir(folder)).find(name => !name.endsWith('.json'))
    expect(await hashOf(path.join(folder, stored ?? ''))).toBe(await hashOf(file))
  } finally {
    line.stop()
    await stack.stop()
  }
})

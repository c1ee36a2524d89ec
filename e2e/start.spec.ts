import { spawn } from 'node:child_process'
import path from 'node:path'
import { expect, test } from '@playwright/test'
import { until } from './support/until.ts'

const root = path.resolve(import.meta.dirname, '..')

test('`npm start` without configuration runs the demo and prints the links to open', async ({
  page,
}) => {
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  const demo = spawn('node', ['api/start.ts'], {
    cwd: root,
    env: { ...process.env, PORT: String(port), KOMMO_CLIENT_ID: '' },
  })
  let printed = ''
  demo.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  try {
    await until('the demo’s links', async () => printed.includes('Stop with Ctrl+C'))
    const [bot = ''] = /http:\/\/\S+\/bots\/\d+/u.exec(printed) ?? []
    await page.goto(bot)
    await page.getByRole('button', { name: 'Widgets' }).click()
    await expect(page.getByText('Radist.Online')).toBeVisible()
    expect((await page.request.get(`http://localhost:${port}/healthz`)).ok()).toBe(true)
  } finally {
    demo.kill('SIGTERM')
  }
})

import { defineConfig } from '@playwright/test'
import type { Options } from './e2e/support/test.ts'
import { CHROMIUM_ARGUMENTS, chromiumPath } from './tools/chromium.ts'

export default defineConfig<Options>({
  testDir: 'e2e',
  outputDir: 'test-results',
  workers: 2,
  fullyParallel: true,
  timeout: 300_000,
  // A second try where nobody watches; the report counts it as flaky.
  retries: process.env['CI'] ? 1 : 0,
  expect: { timeout: 15_000 },
  projects: [
    { name: 'widget.zip' },
    // The same source as readable code, which Kommo’s moderation gets: that it installs and does its job.
    {
      name: 'widget-review.zip',
      testMatch: /(?:main-job|install)\.spec\.ts/u,
      use: { zip: 'widget-review' },
    },
  ],
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 860 },
    trace: 'on-first-retry',
    launchOptions: { executablePath: chromiumPath(), args: CHROMIUM_ARGUMENTS },
  },
})

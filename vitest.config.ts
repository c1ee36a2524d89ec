import react from '@vitejs/plugin-react'
import { playwright } from '@vitest/browser-playwright'
import { msw } from 'msw/vite'
import { defineConfig } from 'vitest/config'
import { CHROMIUM_ARGUMENTS, chromiumPath } from './tools/chromium.ts'
import { api, stopProduct } from './e2e/support/api-command.ts'

const exclude = ['node_modules/**', 'dist/**', 'e2e/**']
const SEVERAL_PROCESSES = 'cascade/cluster*.test.ts'
const BROWSER_TESTS = '**/*.browser.test.{ts,tsx}'

export default defineConfig({
  test: {
    // Where a machine is slow, a test is late and not wrong.
    testTimeout: 240_000,
    maxConcurrency: 4,
    // Most tests wait for something most of the time.
    maxWorkers: 2,
    hookTimeout: 120_000,
    reporters: ['default', ['json', { outputFile: 'test-results/unit.json' }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['**/*.test.ts'],
          exclude: [...exclude, BROWSER_TESTS, SEVERAL_PROCESSES],
          globalSetup: 'storage/testing/start-postgres.ts',
        },
      },
      {
        extends: true,
        // Three processes and two emulators need the machine for themselves.
        test: {
          name: 'processes',
          include: [SEVERAL_PROCESSES],
          exclude,
          globalSetup: 'storage/testing/start-postgres.ts',
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        plugins: [react(), msw({ mode: 'worker-only' }), stopProduct],
        // Found while the tests run, they would make the page load anew in the midst of one.
        optimizeDeps: {
          include: [
            '@dnd-kit/dom',
            '@dnd-kit/helpers',
            '@dnd-kit/react',
            '@dnd-kit/react/sortable',
            '@tanstack/react-query',
            '@tanstack/react-virtual',
            'axe-core',
            'hono/client',
            'i18next',
            'msw',
            'msw/browser',
            'react',
            'react-dom/client',
            'react/jsx-dev-runtime',
            'react-hook-form',
            'react-i18next',
            'tus-js-client',
            'zod/mini',
          ],
        },
        test: {
          name: 'browser',
          setupFiles: ['ui/testing/setup.ts'],
          testTimeout: 60_000,
          expect: { poll: { timeout: 15_000 } },
          include: [BROWSER_TESTS],
          exclude,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            viewport: { width: 1000, height: 900 },
            provider: playwright({
              launchOptions: { executablePath: chromiumPath(), args: CHROMIUM_ARGUMENTS },
            }),
            instances: [{ browser: 'chromium' }],
            commands: { api },
          },
        },
      },
    ],
  },
})

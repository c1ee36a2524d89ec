import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

/** `npm test`: unit and contract tests, then the browser tests. The last line sums both. */
const root = path.resolve(import.meta.dirname, '..')
const results = path.join(root, 'test-results')
const environment = {
  ...process.env,
  NODE_NO_WARNINGS: '1',
  // The product is started some hundred times, and compiled once.
  NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/node'),
}

const unitSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
})
const e2eSchema = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number() }),
})

type Count = { passed: number; failed: number }
/** Said again at the end, where whoever reads a long log looks first. */
const failures: string[] = []

function run(name: string, command: string, args: string[], read: () => Count): Count {
  process.stdout.write(`\n${name}\n`)
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: environment,
  })
  try {
    const count = read()
    // A runner that failed without counting a failure, such as a file that does not load, is one.
    return { ...count, failed: count.failed + (status !== 0 && count.failed === 0 ? 1 : 0) }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

/** Node keeps what it compiled when a process ends by itself, which the tests' processes do not. */
function warmUp(): void {
  const script = `
    await import('./api/server.ts')
    await import('./emulators/kommo/server.ts')
    await import('./emulators/radist/server.ts')
    process.exit()`
  spawnSync('node', ['--input-type=module', '--eval', script], { cwd: root, env: environment })
}

function json(file: string): unknown {
  return JSON.parse(readFileSync(path.join(results, file), 'utf8'))
}

rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })
warmUp()
const check = run('Checks', 'node', ['tools/check.ts'], () => ({ passed: 1, failed: 0 }))
const counts: Count[] = [
  check.failed > 0 ? { passed: 0, failed: 1 } : check,
  run('Unit and contract tests', 'vitest', ['run'], () => {
    const { numPassedTests, numFailedTests, testResults } = unitSchema.parse(json('unit.json'))
    for (const { name, status, message, assertionResults } of testResults) {
      const file = path.relative(root, name)
      const failed = assertionResults.filter(test => test.status === 'failed')
      for (const { fullName, failureMessages } of failed) {
        failures.push(`${file}: ${fullName}\n${failureMessages?.join('\n') ?? ''}`)
      }
      if (status === 'failed' && failed.length === 0) failures.push(`${file}: ${message}`)
    }
    return { passed: numPassedTests, failed: numFailedTests }
  }),
  run('Browser tests', 'playwright', ['test'], () => {
    const { stats } = e2eSchema.parse(json('e2e.json'))
    return { passed: stats.expected + stats.flaky, failed: stats.unexpected }
  }),
]
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.reduce((sum, count) => sum + count.failed, 0)
for (const failure of failures) process.stdout.write(`\nFailed: ${failure}\n`)
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1

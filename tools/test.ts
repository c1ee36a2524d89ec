import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

/** `npm test`: unit and contract tests, then the browser tests. The last line sums both. */
const root = path.resolve(import.meta.dirname, '..')
const results = path.join(root, 'test-results')

const unitSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
})
const e2eSchema = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number() }),
})

type Count = { passed: number; failed: number }

function run(name: string, command: string, args: string[], read: () => Count): Count {
  process.stdout.write(`\n${name}\n`)
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  try {
    const count = read()
    // A runner that failed without counting a failure, such as a file that does not load, is one.
    return { ...count, failed: count.failed + (status !== 0 && count.failed === 0 ? 1 : 0) }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

function json(file: string): unknown {
  return JSON.parse(readFileSync(path.join(results, file), 'utf8'))
}

rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })
const check = run('Checks', 'node', ['tools/check.ts'], () => ({ passed: 1, failed: 0 }))
const counts: Count[] = [
  check.failed > 0 ? { passed: 0, failed: 1 } : check,
  run('Unit and contract tests', 'vitest', ['run'], () => {
    const { numPassedTests, numFailedTests } = unitSchema.parse(json('unit.json'))
    return { passed: numPassedTests, failed: numFailedTests }
  }),
  run('Browser tests', 'playwright', ['test'], () => {
    const { stats } = e2eSchema.parse(json('e2e.json'))
    return { passed: stats.expected + stats.flaky, failed: stats.unexpected }
  }),
]
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.reduce((sum, count) => sum + count.failed, 0)
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1

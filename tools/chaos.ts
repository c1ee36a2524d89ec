import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

/** `npm run test:chaos -- --seeds N`: as many random histories of the engine as wanted. */
const { values } = parseArgs({ options: { seeds: { type: 'string', default: '20000' } } })
const { status } = spawnSync('vitest', ['run', 'cascade/simulation'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, SIMULATION_RUNS: values.seeds, NODE_NO_WARNINGS: '1' },
})
process.exitCode = status ?? 1

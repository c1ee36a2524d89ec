import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

/**
 * `npm run test:chaos -- --seeds N --rounds M`: as many random histories of the engine, and as many rounds
 * of kill -9, SIGSTOP and a killed database under load, with one process and with three, as wanted. `--first-seed` begins the rounds elsewhere.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '10' },
    'first-seed': { type: 'string', default: '1' },
  },
})
const { status } = spawnSync(
  'vitest',
  [
    'run',
    'cascade/simulation',
    'cascade/chaos.test.ts',
    'cascade/cluster',
    'bench/uploads.test.ts',
  ],
  {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: {
      ...process.env,
      SIMULATION_RUNS: values.seeds,
      SIMULATION_SEED: String(Date.now() % 2 ** 31),
      CHAOS_ROUNDS: values.rounds,
      CLUSTER_ROUNDS: values.rounds,
      CHAOS_SEED: values['first-seed'],
      NODE_NO_WARNINGS: '1',
    },
  },
)
process.exitCode = status ?? 1

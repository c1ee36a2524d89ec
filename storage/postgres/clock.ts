import type { Clock } from '../../cascade/core/clock.ts'
import { createSystemClock } from '../system-clock.ts'
import type { Pool } from './pool.ts'

const LOOK_EVERY_MS = 5000

/**
 * The database's clock, as far as one process can tell: what one process writes down as a deadline, another
 * one keeps, however far their machines' clocks are apart. Between two looks the time is our own.
 */
export async function createDatabaseClock(pool: Pool): Promise<{ clock: Clock; stop: () => void }> {
  let theirs = 0
  let ours = 0

  async function look(): Promise<void> {
    const askedAt = performance.now()
    const { rows } = await pool.query({
      name: 'clock',
      text: 'select extract(epoch from clock_timestamp()) * 1000 as "at", $1::int',
      values: [0],
    })
    ours = (askedAt + performance.now()) / 2
    theirs = Number((rows[0] as { at: unknown }).at)
  }

  await look()
  const clock = createSystemClock(() => theirs + performance.now() - ours)
  // While it cannot be asked, what was known goes on.
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS)
  timer.unref()
  return { clock, stop: () => clearInterval(timer) }
}

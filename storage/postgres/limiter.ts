import type { Rate } from '../../integrations/limiter.ts'
import type { Pool } from './pool.ts'

const RETRY_MS = 500
/** The database's own time. */
const NOW_MS = 'extract(epoch from clock_timestamp()) * 1000'

type Asking = {
  key: string
  rate: Rate
  resolve: (slot: { waitMs: number }) => void
}

/**
 * Slots of limits that all processes of a database share: `next = max(now, next) + interval` in one row for
 * each key, by the database's clock. Whoever asks in the same moment shares one statement.
 */
export class SharedSlots {
  private readonly pool: Pool
  private asking: Asking[] = []
  private isRunning = false

  constructor(pool: Pool) {
    this.pool = pool
  }

  /** Takes the key's next slot. @returns how long it is until then */
  take(key: string, rate: Rate): Promise<{ waitMs: number }> {
    return new Promise(resolve => {
      this.asking.push({ key, rate, resolve })
      if (this.isRunning) return
      this.isRunning = true
      setImmediate(() => void this.run())
    })
  }

  /** Whether somebody stands in the key's queue. @returns how long it is until it is free */
  async look(key: string): Promise<{ waitMs: number }> {
    const { rows } = await this.query(
      'limiter-look',
      `select next_at - ${NOW_MS} as "leftMs" from limiters where key = $1`,
      [key],
    )
    return { waitMs: Math.max(0, Number(rows[0]?.leftMs ?? 0)) }
  }

  private async run(): Promise<void> {
    while (this.asking.length > 0) {
      const together = this.asking
      this.asking = []
      try {
        await this.takeAll(together)
      } catch {
        // Without the database nothing may leave: they go on asking.
        this.asking.unshift(...together)
        await new Promise(resolve => {
          setTimeout(resolve, RETRY_MS)
        })
      }
    }
    this.isRunning = false
  }

  /** Keys go in their order, so that two processes never wait for each other in a circle. */
  private async takeAll(together: readonly Asking[]): Promise<void> {
    const byKey = Map.groupBy(together, one => one.key)
    const keys = [...byKey.keys()].toSorted()
    const steps = keys.map(key => {
      const [first] = byKey.get(key) ?? []
      return (first?.rate.intervalMs ?? 0) * (byKey.get(key)?.length ?? 0)
    })
    const { rows } = await this.query(
      'limiter-take',
      `with clock as materialized (select ${NOW_MS} as now_ms)
       insert into limiters as l (key, next_at)
       select key, now_ms + step from unnest($1::text[], $2::float8[]) as asked(key, step), clock
       on conflict (key) do update
       set next_at = greatest(excluded.next_at,
         l.next_at + excluded.next_at - (select now_ms from clock))
       returning key, next_at - (select now_ms from clock) as "leftMs"`,
      [keys, steps],
    )
    for (const { key, leftMs } of rows) {
      const askers = byKey.get(key) ?? []
      for (const [index, { rate, resolve }] of askers.entries()) {
        const nextMs = Number(leftMs) - (askers.length - 1 - index) * rate.intervalMs
        resolve({ waitMs: Math.max(0, nextMs - (1 + rate.extra) * rate.intervalMs) })
      }
    }
  }

  private async query(
    name: string,
    text: string,
    values: unknown[],
  ): Promise<{ rows: { key: string; leftMs: unknown }[] }> {
    const { rows } = await this.pool.query({ name, text, values })
    return { rows: rows as { key: string; leftMs: unknown }[] }
  }
}

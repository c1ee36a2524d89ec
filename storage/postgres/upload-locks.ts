import { randomUUID } from 'node:crypto'
import { ERRORS, type Lock, type Locker } from '@tus/server'
import type { Pool } from './pool.ts'

/** A process that is gone does not hold an upload for longer. */
const HELD_FOR_SECONDS = 10
const RENEW_MS = 2000
const ASK_MS = 200

const TAKE = `insert into upload_locks as l (id, holder, held_until, is_wanted)
  values ($1, $2, extract(epoch from clock_timestamp() + $3 * interval '1 s') * 1000, 0)
  on conflict (id) do update
  set holder = excluded.holder, held_until = excluded.held_until, is_wanted = 0
  where l.held_until < extract(epoch from clock_timestamp()) * 1000
  returning holder`
const WANT = 'update upload_locks set is_wanted = 1 where id = $1'
const RENEW = `update upload_locks
  set held_until = extract(epoch from clock_timestamp() + $3 * interval '1 s') * 1000
  where id = $1 and holder = $2 returning is_wanted`
const RELEASE = 'delete from upload_locks where id = $1 and holder = $2'

/**
 * Bytes of one upload are received by one request at a time, in whatever process: a browser that tries again
 * over another line may reach another process while the first still waits for bytes that will not come. Whoever
 * wants an upload asks its holder to let go.
 */
export class UploadLocks implements Locker {
  private readonly pool: Pool

  constructor(pool: Pool) {
    this.pool = pool
  }

  newLock(id: string): Lock {
    const { pool } = this
    const holder = randomUUID()
    let timer: NodeJS.Timeout | undefined

    async function take(): Promise<boolean> {
      const values = [id, holder, HELD_FOR_SECONDS]
      const { rows } = await pool.query({ name: 'upload-take', text: TAKE, values })
      if (rows.length === 1) return true
      await pool.query({ name: 'upload-want', text: WANT, values: [id] })
      return false
    }

    async function renew(letGo: () => void): Promise<void> {
      const values = [id, holder, HELD_FOR_SECONDS]
      const { rows } = await pool.query({ name: 'upload-renew', text: RENEW, values })
      const [row] = rows as { is_wanted: number }[]
      // Somebody wants it, or has it already.
      if (row?.is_wanted !== 0) letGo()
    }

    return {
      async lock(signal, cancelRequest) {
        while (!(await take())) {
          if (signal.aborted) throw ERRORS.ERR_LOCK_TIMEOUT
          await new Promise(resolve => {
            setTimeout(resolve, ASK_MS)
          })
        }
        const letGo = () => void cancelRequest()
        timer = setInterval(() => void renew(letGo).catch(() => undefined), RENEW_MS)
      },
      async unlock() {
        clearInterval(timer)
        await pool.query({ name: 'upload-release', text: RELEASE, values: [id, holder] })
      },
    }
  }
}

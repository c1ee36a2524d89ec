import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { setConnection, upsertConnection } from '../storage/cascades.ts'
import type { Database } from '../storage/database.ts'
import type { Transact } from '../storage/transact.ts'
import { pickConnection } from './pick-connection.ts'
import {
  DATABASES,
  openTestStorage,
  type TestStorage,
} from '../storage/testing/open-test-storage.ts'

describe.each(DATABASES)('%s', kind => {
  const ACCOUNT = 1
  let storage: TestStorage
  let db: Database
  beforeAll(async () => {
    storage = await openTestStorage(kind)
    db = storage.database
  })
  afterAll(() => storage.close())
  let transact: Transact
  beforeEach(async () => {
    await storage.clear()
    transact = storage.transact
    for (const connectionId of [1, 2, 3, 4]) await add(connectionId)
  })

  async function add(connectionId: number): Promise<void> {
    const facts = {
      connectionId,
      messenger: 'whatsapp',
      name: '',
      state: 'in_subscription',
    } as const
    await upsertConnection(db, ACCOUNT, facts, { ticked: true, isNew: false })
  }

  /** How often each connection was picked by so many runs at once. */
  async function pick(times: number): Promise<Map<number, number>> {
    const picks = await Promise.all(
      Array.from({ length: times }, () =>
        transact(ACCOUNT, transaction => pickConnection(transaction, ACCOUNT, 'whatsapp', [], 0)),
      ),
    )
    const counts = new Map<number, number>()
    for (const event of picks) {
      if (event.type !== 'connection_picked') throw new Error('Nobody was picked')
      counts.set(event.connectionId, (counts.get(event.connectionId) ?? 0) + 1)
    }
    return counts
  }

  describe('round robin', () => {
    it('R1 a hundred parallel picks of four connections: 25 each', async () => {
      expect([...(await pick(100)).values()]).toEqual([25, 25, 25, 25])
    })

    it('R2 a connection that is switched off in mid-cycle is not picked, and the others share evenly', async () => {
      await pick(6)
      await setConnection(db, ACCOUNT, 2, { state: 'unpaid' })
      const counts = await pick(9)
      expect(counts.get(2)).toBeUndefined()
      expect([...counts.values()]).toEqual([3, 3, 3])
    })

    it('R2 a newcomer in mid-cycle takes its turn from now on, without a backlog', async () => {
      await pick(42)
      await add(5)
      const counts = await pick(10)
      expect([...counts.values()].toSorted()).toEqual([2, 2, 2, 2, 2])
    })
  })
})

import type { StoredCredentials } from '../integrations/kommo/credentials.ts'
import { deleteUnclaimedReceipts } from '../storage/receipts.ts'
import { heldAccounts } from '../storage/runs.ts'
import type { Engine } from './engine.ts'
import { forgetTexts } from './forget-texts.ts'
import type { Services } from './services.ts'

const LOOK_EVERY_MS = 5000
/** Receipts of messages that people wrote by hand: no run of ours will ever ask for them. */
const UNCLAIMED_FOR_MS = 2 * 24 * 3600_000

/**
 * What is to be looked after from time to time: bots that are held go on when their account was
 * connected again, perhaps by another process; receipts that nobody claims go, and so do texts that are
 * older than their account keeps them; tokens are renewed before they end. @returns stops it
 */
export function startUpkeep(
  services: Services,
  engine: Engine,
  credentials: Pick<StoredCredentials, 'keepAlive'>,
): () => void {
  const { clock, database, log, transact } = services
  /** When an account was connected, as far as its held runs have been told. */
  const told = new Map<number, number>()
  let cancel: (() => void) | null = null
  let stopped = false

  async function look(): Promise<void> {
    for (const { accountId, connectedAt } of await heldAccounts(database)) {
      if (told.get(accountId) === connectedAt) continue
      told.set(accountId, connectedAt)
      await engine.resumeHeld(accountId)
    }
    const before = clock.now() - UNCLAIMED_FOR_MS
    await transact(null, transaction => deleteUnclaimedReceipts(transaction, before))
    await forgetTexts(services, engine)
    await credentials.keepAlive()
  }

  function next(): void {
    if (stopped) return
    look()
      .catch((error: unknown) => log.error({ err: error }, 'upkeep failed'))
      .finally(() => {
        if (!stopped) cancel = clock.callAt(clock.now() + LOOK_EVERY_MS, next)
      })
  }
  next()
  return () => {
    stopped = true
    cancel?.()
  }
}

import type { StoredCredentials } from '../integrations/kommo/credentials.ts'
import { deleteUnclaimedReceipts } from '../storage/receipts.ts'
import { heldAccounts } from '../storage/runs.ts'
import type { Engine } from './engine.ts'
import { forgetTexts } from './forget-texts.ts'
import type { Services } from './services.ts'

const LOOK_EVERY_MS = 5000
/** Texts are kept for days, and to look for old ones asks once for each account. */
const LOOK_FOR_TEXTS_EVERY_MS = 10 * 60_000
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
  let textsAt = 0

  async function look(): Promise<void> {
    for (const { accountId, connectedAt } of await heldAccounts(database)) {
      if (told.get(accountId) === connectedAt) continue
      told.set(accountId, connectedAt)
      await engine.resumeHeld(accountId)
    }
    const before = clock.now() - UNCLAIMED_FOR_MS
    await transact(null, transaction => deleteUnclaimedReceipts(transaction, before))
    await credentials.keepAlive()
    if (clock.now() < textsAt) return
    let isMore = true
    while (isMore) isMore = (await forgetTexts(services, engine)) && !stopped
    textsAt = clock.now() + LOOK_FOR_TEXTS_EVERY_MS
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

import type { Queryable } from './database.ts'

/**
 * Runs work in a transaction and resolves when it is durable. Work that throws leaves nothing, and may be
 * done again by itself: it must have no effects but its queries. No two works of one account run at once,
 * in whatever processes, so what one reads stays so until it is done.
 * @param accountId null for what is no account's
 * @param options `goesFirst` for short work that somebody outside waits for
 */
export type Transact = <T>(
  accountId: number | null,
  work: (transaction: Queryable) => Promise<T>,
  options?: { goesFirst?: boolean },
) => Promise<T>

/**
 * Statements of one transaction side by side, where none needs another's answer: they go to the server
 * together. Resolves when all are done; one that fails does not leave the others to go on in a transaction
 * that has ended.
 */
export async function together<T extends readonly unknown[] | []>(
  statements: T,
): Promise<{ -readonly [Key in keyof T]: Awaited<T[Key]> }> {
  await Promise.allSettled(statements)
  return Promise.all(statements)
}

/** A run that is to be looked at again, as the work that stores it notes. */
export type WakeUp = { id: string; accountId: number; wakeAt: number }

const noted = new WeakMap<object, WakeUp[]>()

/** What is noted in this transaction from now on is to be collected. */
export function collectWakeUps(db: Queryable): WakeUp[] {
  const wakeUps: WakeUp[] = []
  noted.set(db, wakeUps)
  return wakeUps
}

/** Where somebody collects them, whoever wakes runs learns of it in the same transaction. */
export function noteWakeUp(db: Queryable, wakeUp: WakeUp): void {
  noted.get(db)?.push(wakeUp)
}

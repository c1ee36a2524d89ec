/** All chats are read again in the account's own night, when nobody waits for Radist's few requests. */
const NOT_BEFORE_MS = 20 * 3600_000
/** By then it is done at any hour. */
const NOT_AFTER_MS = 30 * 3600_000
const NIGHT_HOURS = new Set([1, 2, 3, 4])

type ChatsOf = Readonly<{
  radistSyncedAt: number | null
  chatsSyncedAt: number | null
  /** Where a reading stopped. */
  syncCursor: string | null
  timeZone: string | null
}>

/** Whether the account's chats are to be read: never yet, stopped half-way, or a night has come. */
export function isChatCheckDue(account: ChatsOf, now: number): boolean {
  const { radistSyncedAt, chatsSyncedAt, syncCursor, timeZone } = account
  if (radistSyncedAt === null || chatsSyncedAt === null || syncCursor !== null) return true
  const age = now - chatsSyncedAt
  if (age < NOT_BEFORE_MS) return false
  return age >= NOT_AFTER_MS || NIGHT_HOURS.has(hourAt(timeZone, now))
}

function hourAt(timeZone: string | null, now: number): number {
  const options = { hour: 'numeric', hourCycle: 'h23' } as const
  try {
    return Number(
      new Intl.DateTimeFormat('en', { ...options, timeZone: timeZone ?? 'UTC' }).format(now),
    )
  } catch {
    return new Date(now).getUTCHours()
  }
}

import {
  checkHistory,
  type DeliveredNews,
  type ProviderCall,
  type RunRecord,
} from '../../cascade/simulation/history-checker.ts'
import type { Run } from '../../cascade/core/run.ts'
import type { SendRecord } from '../../emulators/radist/world.ts'
import type { Database } from '../../storage/database.ts'
import { findRun } from '../../storage/runs.ts'

/** What the emulators' logs hold, whether they run in this process or in another. */
export type OutsideLogs = {
  kommo: { calls: readonly { at: string; path: string; body: unknown; status: number }[] }
  radist: {
    sends: readonly SendRecord[]
    webhooks: readonly {
      at: string
      event: string
      messageId: string
      chatId: number
      direction: string
      ok: boolean
    }[]
  }
}

/** A request that was on its way when its run ended may still arrive. */
const IN_FLIGHT_MS = 1000
/** The processes' clocks are the machine's, but one writes before and the other after the request. */
const SKEW_MS = 50

/**
 * The history checker over real processes: it reads the emulators' logs and the database alone. Texts
 * repeat here, so each send is first brought home to the part of the attempt that it was.
 */
export async function checkStack(
  database: Database,
  { kommo, radist }: OutsideLogs,
  rules: { isComplete: boolean } = { isComplete: false },
): Promise<{ violations: string[]; runs: Run[]; sends: number }> {
  const stored = await readRuns(database)
  const slots = stored.flatMap(({ run, subject }) => slotsOf(run, subject.accountId))
  const violations: string[] = []
  const calls: ProviderCall[] = []
  const callOfMessage = new Map<string, ProviderCall>()
  for (const send of radist.sends) {
    const slot = slotOf(slots, send)
    if (!slot) {
      violations.push(`a send into chat ${send.chatId} that no attempt accounts for`)
      continue
    }
    const call = { ...send, ...slot.call, content: slot.key }
    calls.push(call)
    if (send.messageId) callOfMessage.set(send.messageId, call)
  }
  const delivered: DeliveredNews[] = []
  const replied: DeliveredNews[] = []
  for (const webhook of radist.webhooks) {
    const { ok: isTaken } = webhook
    const at = Date.parse(webhook.at)
    const call = callOfMessage.get(webhook.messageId)
    if (call && /delivered|read/u.test(webhook.event)) {
      delivered.push({ at, accountId: call.accountId, content: call.content, isTaken })
    }
    if (webhook.direction !== 'inbound') continue
    const before = calls.filter(one => one.chatId === webhook.chatId && one.at <= at)
    replied.push(...before.map(({ accountId, content }) => ({ at, accountId, content, isTaken })))
  }
  const continues = kommo.calls
    .filter(call => call.path.includes('/continue/'))
    .map(call => {
      const { data } = call.body as { data: Record<string, string> }
      const { run: runId = '', status = '' } = data
      const accepted = call.status >= 200 && call.status < 300
      return { at: Date.parse(call.at), runId, status, accepted, data }
    })
  const records = stored.map(({ run, subject }): RunRecord => {
    const steps = run.gathered?.steps ?? []
    return {
      run,
      accountId: subject.accountId,
      contents: (run.gathered?.parts ?? []).map((_, part) => `${run.id}#${part}`),
      cascade: steps.map(step => step.messenger),
      wantsDelivered: steps.every(step => step.success === 'delivered'),
    }
  })
  const world = { calls, delivered, replied, continues }
  violations.push(
    ...checkHistory(world, records, {
      ...rules,
      everyBotWaits: false,
      inFlightMs: IN_FLIGHT_MS,
    }),
  )
  const runs = stored.map(({ run }) => run)
  return { violations, runs, sends: radist.sends.length }
}

async function readRuns(database: Database) {
  const rows = await database.selectFrom('runs').select(['id', 'state']).execute()
  const all = await Promise.all(
    // The poisoned run of a test is no run that can be read.
    rows.filter(row => row.state.includes('"phase"')).map(row => findRun(database, row.id)),
  )
  return all.filter(run => run !== null)
}

type Slot = {
  key: string
  content: string
  chatId: number
  sentAt: number
  messageId: string | undefined
  call: { accountId: number; messenger: string }
}

/** The sends that a run says it made. */
function slotsOf(run: Run, accountId: number): Slot[] {
  return run.attempts.flatMap(attempt =>
    attempt.parts.flatMap((part, index) => {
      const content = run.gathered?.parts[index]
      if (part.status === 'unsent' || !content) return []
      return {
        key: `${run.id}#${index}`,
        content: content.kind === 'text' ? content.text : content.name,
        chatId: attempt.chatId,
        sentAt: part.sentAt ?? attempt.startedAt,
        messageId: part.messageId,
        call: { accountId, messenger: attempt.messenger },
      }
    }),
  )
}

function slotOf(slots: readonly Slot[], send: SendRecord): Slot | undefined {
  const known = slots.find(
    slot => slot.messageId !== undefined && slot.messageId === send.messageId,
  )
  if (known) return known
  return (
    slots
      .filter(slot => slot.chatId === send.chatId && slot.sentAt <= send.at + SKEW_MS)
      // An erased run has no text left to compare.
      .filter(slot => slot.content === '' || slot.content === send.content)
      .toSorted((a, b) => a.sentAt - b.sentAt)
      .at(-1)
  )
}

import type { Rehearsal, RunListItem, RunOutcome, RunView } from '../../contracts/activity.ts'
import { whoOf, type Gathered, type Run } from '../../cascade/core/run.ts'
import { readConnections } from '../../storage/cascades.ts'
import { findFile } from '../../storage/files.ts'
import { readHistory, type HistoryLine } from '../../storage/run-history.ts'
import type { ListedRun } from '../../storage/run-list.ts'
import type { ApiServices } from '../services.ts'

/** A run as a line of the list. */
export function runListItem({ run, subject, botId, hasLateNews }: ListedRun): RunListItem {
  const who = whoOf(run)
  return {
    id: run.id,
    origin: subject.origin,
    entity: subject.entity,
    botId,
    contactId: who?.contactId ?? null,
    contactName: who?.contactName ?? '',
    leadName: who?.leadName ?? '',
    createdAt: iso(run.createdAt),
    endedAt: run.phase.name === 'ended' ? iso(run.phase.endedAt) : null,
    outcome: outcomeOf(run),
    attempts: run.attempts.length,
    hasLateNews,
    isErased: subject.message === '',
  }
}

/** A run with all that it wrote down. */
export async function runView(
  services: ApiServices,
  accountId: number,
  listed: ListedRun,
): Promise<RunView> {
  const history = await readHistory(services.database, accountId, listed.run.id)
  const timeline = await timelineOf(services, accountId, listed.run.gathered, history)
  return { ...runListItem(listed), ...timeline }
}

export async function timelineOf(
  services: ApiServices,
  accountId: number,
  gathered: Gathered | null,
  history: readonly HistoryLine[],
): Promise<Omit<Rehearsal, 'contactName' | 'leadName'>> {
  const { clock, database, fileLinks } = services
  const parts: RunView['parts'] = []
  for (const part of gathered?.parts ?? []) {
    if (part.kind === 'text') {
      parts.push(part)
      continue
    }
    const { kind, fileId, name, size, caption } = part
    const file = await findFile(database, accountId, fileId)
    const isThere = file?.state === 'ready'
    const url = isThere ? fileLinks.url(accountId, fileId, clock.now()) : null
    parts.push({ kind, name, size, caption, url })
  }
  const named = new Set(
    history.flatMap(({ entry }) => ('connectionId' in entry ? [entry.connectionId] : [])),
  )
  const connections = await readConnections(database, accountId)
  return {
    phones: gathered?.phones ?? [],
    usernames: gathered?.usernames ?? [],
    parts,
    warnings: gathered?.warnings ?? [],
    steps: (gathered?.steps ?? []).map(({ messenger, waitSeconds, success }) => ({
      messenger,
      waitSeconds,
      success,
    })),
    connections: connections
      .filter(({ connectionId }) => named.has(connectionId))
      .map(({ connectionId, name }) => ({ connectionId, name })),
    history: history.map(({ at, entry }) => ({ at: iso(at), entry })),
  }
}

function outcomeOf({ phase, attempts }: Run): RunOutcome {
  if (phase.name !== 'ended') return { kind: 'open', phase: phase.name }
  const { outcome } = phase
  if (outcome.kind === 'not_delivered') return outcome
  const attempt = attempts.find(one => one.number === outcome.attempt)
  return {
    kind: 'delivered',
    messenger: outcome.messenger,
    connectionId: attempt?.connectionId ?? 0,
    byExistingChat: attempt?.origin === 'existing_chat',
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

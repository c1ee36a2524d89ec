import type { SkipReason } from '../../contracts/history.ts'
import type { Address, Part, Run, Step } from './run.ts'

/** Why the cascade passes a messenger over, or null when it can be used. */
export function skipReason(run: Run, step: Step): SkipReason | null {
  if (!step.isOn) return 'off'
  const first = run.attempts[0]
  if (first?.origin === 'existing_chat' && first.messenger === step.messenger) {
    if (!first.connectionFailed) return 'existing_chat_was_its_attempt'
  }
  if (!step.canWriteFirst) return 'cannot_write_first'
  if (!addressFor(run, step)) return 'no_address'
  const tooLarge = run.gathered?.parts.some(part => exceeds(part, step))
  return tooLarge ? 'file_too_large' : null
}

/** The address under which this messenger can create a chat with the contact. */
export function addressFor(run: Run, step: Step): Address | null {
  for (const kind of step.newChatBy) {
    const value = kind === 'phone' ? run.gathered?.phones[0] : run.gathered?.usernames[0]
    if (value) return { kind, value }
  }
  return null
}

function exceeds(part: Part, step: Step): boolean {
  if (part.kind === 'text') return false
  const limit =
    part.kind === 'image' ? (step.imageMaxBytes ?? step.fileMaxBytes) : step.fileMaxBytes
  return limit !== undefined && part.size > limit
}

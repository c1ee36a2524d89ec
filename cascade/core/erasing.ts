import { endNotDelivered, inPhase, type Draft } from './draft.ts'

/** Rule "erase": nothing more leaves for this contact, the bot goes on, and what is personal goes. */
export function contactErased(t: Draft): void {
  if (t.run.phase.name !== 'ended') {
    t.run.note = 'none'
    endNotDelivered(t, 'contact_erased')
  }
  eraseTexts(t)
}

/** The integration was taken out of the account: nothing more leaves for it. */
export function disconnected(t: Draft): void {
  if (t.run.phase.name === 'ended') return
  t.run.note = 'none'
  endNotDelivered(t, 'kommo_disconnected')
}

/** Rule "lifetime": what an ended run holds of a person goes after the time for which it is kept. */
export function textsExpired(t: Draft): void {
  inPhase(t, 'ended', () => eraseTexts(t))
}

function eraseTexts(t: Draft): void {
  const { gathered, unreached } = t.run
  if (unreached) t.run.unreached = { ...unreached, contactName: '', leadName: '' }
  if (!gathered) return
  t.run.gathered = {
    ...gathered,
    contactName: '',
    leadName: '',
    phones: [],
    usernames: [],
    parts: gathered.parts.map(part =>
      part.kind === 'text' ? { ...part, text: '' } : { ...part, caption: '', name: '' },
    ),
  }
}

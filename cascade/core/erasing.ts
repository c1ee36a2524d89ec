import { endNotDelivered, type Draft } from './draft.ts'

/** Rule "erase": nothing more leaves for this contact, the bot goes on, and what is personal goes. */
export function contactErased(t: Draft): void {
  if (t.run.phase.name !== 'ended') {
    t.run.note = 'none'
    endNotDelivered(t, 'contact_erased')
  }
  const { gathered } = t.run
  if (!gathered) return
  t.run.gathered = {
    ...gathered,
    contactName: '',
    phones: [],
    usernames: [],
    parts: gathered.parts.map(part =>
      part.kind === 'text' ? { ...part, text: '' } : { ...part, caption: '', name: '' },
    ),
  }
}

import { parseMessage, type Message } from '../../contracts/message.ts'

/**
 * What was written and not saved, kept in the tab: it comes back after a reload, such as when Kommo's
 * sign-in has expired. One draft for each step's saved message on each page.
 */
const key = (saved: string) => `radist-cascade:draft:${location.pathname}:${saved}`

export function readDraft(saved: string): Message | null {
  try {
    const parsed = parseMessage(sessionStorage.getItem(key(saved)) ?? '')
    return parsed.ok ? parsed.message : null
  } catch {
    return null
  }
}

export function writeDraft(saved: string, draft: Message | null): void {
  try {
    if (draft) sessionStorage.setItem(key(saved), JSON.stringify(draft))
    else sessionStorage.removeItem(key(saved))
  } catch {
    // Without the tab's storage a reload loses what was not saved.
  }
}

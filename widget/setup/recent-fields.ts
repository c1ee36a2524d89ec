/** The fields that this person picked last, in this browser. Without its storage there are none. */
const KEY = 'radist-cascade:recent-fields'
const MAX = 4

export function recentFields(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(stored) ? stored.filter(one => typeof one === 'string') : []
  } catch {
    return []
  }
}

export function rememberField(id: string): void {
  try {
    const others = recentFields().filter(one => one !== id)
    localStorage.setItem(KEY, JSON.stringify([id, ...others].slice(0, MAX)))
  } catch {
    // The next person may still pick from the whole list.
  }
}

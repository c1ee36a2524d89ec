const DEPTH_MAX = 8
const KEYS_MAX = 40
const TEXT_MAX = 2000

/**
 * What a body looks like without anything that it says: every value is replaced by its kind, and of a list
 * only the first item is shown. So what nobody knows yet can be kept and read by people.
 */
export function shapeOf(body: unknown): string {
  return JSON.stringify(kindOf(body, 0)).slice(0, TEXT_MAX)
}

function kindOf(value: unknown, depth: number): unknown {
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? [] : [kindOf(value[0], depth + 1)]
  if (typeof value !== 'object') return typeof value
  if (depth >= DEPTH_MAX) return 'object'
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => /^[a-z][a-z0-9_]{0,40}$/iu.test(key))
      .slice(0, KEYS_MAX)
      .map(([key, inner]) => [key, kindOf(inner, depth + 1)]),
  )
}

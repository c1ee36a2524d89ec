/** The manifest's one field of our step. */
export const FIELD = 'message'
/** Kommo greys its Save while a field is empty, so "nothing yet" is written too. */
export const EMPTY_MESSAGE = '{}'

const DEEPEST = 6

/**
 * The step's saved value, wherever Kommo put it: in the field itself, up to five `params` deep, as
 * `value_manual`, or inside an object with `value` (widget SDK 2.4).
 */
export function savedMessage(params: unknown): string {
  return find(params, 0) ?? EMPTY_MESSAGE
}

function find(node: unknown, depth: number): string | null {
  if (depth > DEEPEST || node === null || typeof node !== 'object') return null
  const record = node as Record<string, unknown>
  for (const key of [FIELD, 'value_manual', 'value']) {
    const value = record[key]
    if (typeof value === 'string' && value.trim().startsWith('{')) return value
    const inner = find(value, depth + 1)
    if (inner !== null) return inner
  }
  return find(record['params'], depth + 1)
}

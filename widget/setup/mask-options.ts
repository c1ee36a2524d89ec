import { shownName, writeMask, type Mask, type MaskField } from '../../contracts/masks.ts'

/** A row of the menu: what it is called, what it may become, and the mask that it inserts. */
export type MaskOption = {
  id: string
  entity: string
  label: string
  mask: string
  value: string
  /** One of those that this person picked last. */
  isRecent: boolean
  search: string
}

/** All fields as the menu lists them, standard ones by localized names, custom ones by their own. */
export function maskOptions(
  fields: readonly MaskField[],
  translate: (key: string) => string,
  valueOf: (mask: Mask) => string | undefined,
): MaskOption[] {
  return fields.map(field => {
    const label = labelOf(field, translate)
    const mask = writeMask(field.entity, shownName(field, fields))
    return {
      id: `${field.entity}-${field.code.replace('.', '-')}`,
      entity: field.entity,
      label,
      mask,
      value: valueOf({ entity: field.entity, field: field.code }) ?? '',
      isRecent: false,
      search: folded(`${label} ${mask} ${field.code} ${translate(`entities.${field.entity}`)}`),
    }
  })
}

export function labelOf(field: MaskField, translate: (key: string) => string): string {
  return field.name ?? translate(`fields.${field.entity}.${field.code}`)
}

/**
 * Options whose label or code holds every word of the query. Without a query the recent ones stand
 * first, once more; with one, those whose label begins with it.
 */
export function filterOptions(
  options: readonly MaskOption[],
  query: string,
  recent: readonly string[],
): MaskOption[] {
  const words = folded(query)
    .split(/[\s.]+/u)
    .filter(Boolean)
  if (words.length === 0) {
    const picked = recent.flatMap(id => options.filter(option => option.id === id))
    return [
      ...picked.map(option => ({ ...option, id: `recent-${option.id}`, isRecent: true })),
      ...options,
    ]
  }
  const found = options.filter(option => words.every(word => option.search.includes(word)))
  const begins = (option: MaskOption) => folded(option.label).startsWith(folded(query).trim())
  return found.toSorted(
    (a, b) =>
      Number(begins(b)) - Number(begins(a)) ||
      Number(recent.includes(b.id)) - Number(recent.includes(a.id)),
  )
}

/** Letters as people look for them: without case and accents. */
function folded(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
}

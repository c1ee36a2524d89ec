import { shownName, writeMask, type MaskField } from '../../contracts/masks.ts'

/** A row of the menu: what it is called, and the mask that it inserts. */
export type MaskOption = { id: string; entity: string; label: string; mask: string; search: string }

/** All fields as the menu lists them, standard ones by localized names, custom ones by their own. */
export function maskOptions(
  fields: readonly MaskField[],
  translate: (key: string) => string,
): MaskOption[] {
  return fields.map(field => {
    const label = field.name ?? translate(`fields.${field.entity}.${field.code}`)
    const mask = writeMask(field.entity, shownName(field, fields))
    return {
      id: `${field.entity}-${field.code.replace('.', '-')}`,
      entity: field.entity,
      label,
      mask,
      search:
        `${label} ${mask} ${field.code} ${translate(`entities.${field.entity}`)}`.toLowerCase(),
    }
  })
}

/** Options whose label or code holds every word of the query. */
export function filterOptions(options: readonly MaskOption[], query: string): MaskOption[] {
  const words = query.toLowerCase().split(/\s+/u).filter(Boolean)
  return options.filter(option => words.every(word => option.search.includes(word)))
}

/**
 * Masks: `[Contact.Name]`, `[Deal.CF.12345|fallback]`. One parser for the editor, the preview and the
 * engine. Only `[` + a known entity + `.` starts a mask, `\[` is a plain bracket, `\]` stands for a
 * bracket inside a fallback.
 */
export const MASK_ENTITIES = ['Contact', 'Deal', 'Company', 'User'] as const
export type MaskEntity = (typeof MASK_ENTITIES)[number]

export const STANDARD_FIELDS: Readonly<Record<MaskEntity, readonly string[]>> = {
  Contact: ['Name', 'FirstName', 'LastName', 'Phone', 'Email'],
  Deal: ['Name', 'Price', 'ID', 'Pipeline', 'Stage'],
  Company: ['Name'],
  User: ['Name', 'Email'],
}

/** A mask as written. `field` is a standard code, `CF.<id>`, or a custom field's name. */
export type Mask = { entity: MaskEntity; field: string; fallback?: string }

/** A stretch of the template; `start` and `end` are UTF-16 offsets into it. */
export type TemplatePart =
  | { kind: 'text'; text: string; start: number; end: number }
  | { kind: 'mask'; mask: Mask; raw: string; start: number; end: number }

/** A field that a mask may name: `code` is what is stored, `name` what people see of a custom field. */
export type MaskField = {
  entity: MaskEntity
  code: string
  name?: string | undefined
  sample?: string
}

export type MaskWarning = { mask: string; reason: 'unknown' | 'empty' }

const MASK_PATTERN = new RegExp(
  String.raw`\\\[|\[(${MASK_ENTITIES.join('|')})\.([^\[\]|\\\n]+)(?:\|((?:\\\]|[^\[\]\n])*))?\]`,
  'giu',
)

/** Splits a template into plain text (escapes already undone) and masks, in order, without gaps. */
export function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = []
  const addText = (text: string, start: number, end: number) => {
    const last = parts.at(-1)
    if (last?.kind === 'text') {
      last.text += text
      last.end = end
    } else if (end > start) parts.push({ kind: 'text', text, start, end })
  }
  let position = 0
  for (const match of template.matchAll(MASK_PATTERN)) {
    const start = match.index
    const end = start + match[0].length
    addText(template.slice(position, start), position, start)
    position = end
    const entity = canonicalEntity(match[1])
    const field = match[2]?.trim()
    if (!entity || !field) {
      addText(match[0].replace(/^\\\[/u, '['), start, end)
      continue
    }
    const fallback = match[3]?.replaceAll('\\]', ']')
    const mask: Mask = { entity, field, ...(fallback === undefined ? {} : { fallback }) }
    parts.push({ kind: 'mask', mask, raw: match[0], start, end })
  }
  addText(template.slice(position), position, template.length)
  return parts
}

const UNCLOSED_PATTERN = new RegExp(
  String.raw`(?<!\\)\[(${MASK_ENTITIES.join('|')})\.([^\[\]\n]*)`,
  'giu',
)

/** The markers that Kommo documents for texts (widget SDK 3.3), as far as we have such a mask. */
const MASK_OF_MARKER: Readonly<Record<string, string>> = {
  name: '[Contact.Name]',
  'contact.name': '[Contact.Name]',
  'lead.id': '[Deal.ID]',
  'lead.price': '[Deal.Price]',
  'lead.responsible.name': '[User.Name]',
  'lead.responsible.email': '[User.Email]',
}
const ENTITY_OF_MARKER: Readonly<Record<string, MaskEntity>> = {
  contact: 'Contact',
  lead: 'Deal',
  company: 'Company',
}

function canonicalEntity(written: string | undefined): MaskEntity | undefined {
  return MASK_ENTITIES.find(entity => entity.toLowerCase() === written?.toLowerCase())
}

/** The field that a mask names by its code or by its shown name, whatever the letters' case. */
export function findField(mask: Mask, fields: readonly MaskField[]): MaskField | undefined {
  const wanted = mask.field.toLowerCase()
  const ofEntity = fields.filter(field => field.entity === mask.entity)
  return (
    ofEntity.find(field => field.code.toLowerCase() === wanted) ??
    ofEntity.find(field => shownName(field, fields).toLowerCase() === wanted)
  )
}

/** What people see of a field: its name where that is unique and free of `[ ] | \`, else its code. */
export function shownName(field: MaskField, fields: readonly MaskField[]): string {
  const { name } = field
  if (name === undefined || name.trim() === '' || /[[\]|\\\n]/u.test(name)) return field.code
  const same = (other: string | undefined) =>
    other?.trim().toLowerCase() === name.trim().toLowerCase()
  const rivals = fields.filter(
    other =>
      other.entity === field.entity &&
      other.code !== field.code &&
      (same(other.name) || same(other.code)),
  )
  return rivals.length > 0 ? field.code : name.trim()
}

/** Writes one mask. A fallback cannot end with a backslash: it would take the closing bracket. */
export function writeMask(entity: MaskEntity, field: string, fallback?: string): string {
  const safe = fallback?.replace(/\\+$/u, '').replaceAll(']', '\\]')
  const tail = safe === undefined ? '' : `|${safe}`
  return `[${entity}.${field}${tail}]`
}

/** The template with custom fields by id, as it is stored: a renamed field breaks no bot. */
export function toStored(template: string, fields: readonly MaskField[]): string {
  return rewriteMasks(template, mask => findField(mask, fields)?.code)
}

/** The stored template with custom fields by their present names, as the editor shows it. */
export function toShown(template: string, fields: readonly MaskField[]): string {
  return rewriteMasks(template, mask => {
    const field = findField(mask, fields)
    return field && shownName(field, fields)
  })
}

function rewriteMasks(template: string, nameOf: (mask: Mask) => string | undefined): string {
  return parseTemplate(template)
    .map(part => {
      if (part.kind === 'text') return template.slice(part.start, part.end)
      const name = nameOf(part.mask)
      return name === undefined ? part.raw : writeMask(part.mask.entity, name, part.mask.fallback)
    })
    .join('')
}

/** Fills the masks. An unknown (undefined) or empty value becomes the fallback, or nothing. */
export function fillMasks(
  template: string,
  valueOf: (mask: Mask) => string | undefined,
): { text: string; warnings: MaskWarning[] } {
  const warnings: MaskWarning[] = []
  const text = parseTemplate(template)
    .map(part => {
      if (part.kind === 'text') return part.text
      const value = valueOf(part.mask)
      if (value !== undefined && value.trim() !== '') return value
      warnings.push({ mask: part.raw, reason: value === undefined ? 'unknown' : 'empty' })
      return part.mask.fallback ?? ''
    })
    .join('')
  return { text, warnings }
}

/** Masks that name no field, each with the nearest field's mask where one is near. */
export function unknownMasks(
  template: string,
  fields: readonly MaskField[],
): { raw: string; start: number; end: number; suggestion?: string }[] {
  return parseTemplate(template).flatMap(part => {
    if (part.kind === 'text' || findField(part.mask, fields)) return []
    const nearest = nearestField(part.mask, fields)
    const suggestion =
      nearest && writeMask(nearest.entity, shownName(nearest, fields), part.mask.fallback)
    return [
      { raw: part.raw, start: part.start, end: part.end, ...(suggestion ? { suggestion } : {}) },
    ]
  })
}

/**
 * Masks that were begun and not closed: they would be sent as they stand.
 * @returns where each begins, and how it would read when closed after the longest known field, if any
 */
export function unclosedMasks(
  template: string,
  fields: readonly MaskField[],
): { start: number; end: number; raw: string; suggestion?: string }[] {
  return parseTemplate(template).flatMap(part => {
    if (part.kind === 'mask') return []
    const written = template.slice(part.start, part.end)
    return [...written.matchAll(UNCLOSED_PATTERN)].map(match => {
      const start = part.start + match.index
      const rest = (match[2] ?? '').toLowerCase()
      const [word = ''] = rest.split(/\s/u)
      const entity = canonicalEntity(match[1])
      const field = fields
        .filter(one => one.entity === entity)
        .toSorted((a, b) => shownName(b, fields).length - shownName(a, fields).length)
        .find(one => rest.startsWith(shownName(one, fields).toLowerCase()))
      const length = field ? shownName(field, fields).length : word.length
      const raw = match[0].slice(0, 2 + (entity ?? '').length + length)
      const meant = field ?? (entity && nearestField({ entity, field: word }, fields))
      const suggestion = meant && { suggestion: writeMask(meant.entity, shownName(meant, fields)) }
      return { start, end: start + raw.length, raw, ...suggestion }
    })
  })
}

/** Kommo's own markers, which it would fill in itself, as our masks; the rest of a text stays as it is. */
export function masksFromMarkers(text: string): string {
  return text.replaceAll(/\{\{\s*([\w.]+)\s*\}\}/gu, (marker, name: string) => {
    const custom = /^(contact|lead|company)\.cf\.(\d+)$/u.exec(name)
    const entity = ENTITY_OF_MARKER[custom?.[1] ?? '']
    if (entity && custom?.[2]) return writeMask(entity, `CF.${custom[2]}`)
    return MASK_OF_MARKER[name] ?? marker
  })
}

function nearestField(mask: Mask, fields: readonly MaskField[]): MaskField | undefined {
  const wanted = mask.field.toLowerCase()
  const scored = fields.map(field => ({
    field,
    distance:
      Math.min(
        editDistance(wanted, shownName(field, fields).toLowerCase()),
        editDistance(wanted, field.code.toLowerCase()),
      ) + (field.entity === mask.entity ? 0 : 1),
  }))
  const best = scored.toSorted((a, b) => a.distance - b.distance)[0]
  return best && best.distance <= Math.max(2, Math.floor(wanted.length / 3))
    ? best.field
    : undefined
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    previous = row
  }
  return previous[b.length] ?? 0
}

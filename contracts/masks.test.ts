import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  fillMasks,
  masksFromMarkers,
  MASK_ENTITIES,
  parseTemplate,
  STANDARD_FIELDS,
  toShown,
  toStored,
  unclosedMasks,
  unknownMasks,
  writeMask,
  type Mask,
  type MaskField,
} from './masks.ts'

const FIELDS: MaskField[] = [
  ...MASK_ENTITIES.flatMap(entity => STANDARD_FIELDS[entity].map(code => ({ entity, code }))),
  { entity: 'Deal', code: 'CF.12345', name: 'Pickup date' },
  { entity: 'Deal', code: 'CF.12346', name: 'Size [cm]' },
  { entity: 'Deal', code: 'CF.12347', name: 'Courier' },
  { entity: 'Deal', code: 'CF.12348', name: 'courier' },
  { entity: 'Deal', code: 'CF.12349', name: 'Name' },
]
const masksOf = (template: string): Mask[] =>
  parseTemplate(template).flatMap(part => (part.kind === 'mask' ? [part.mask] : []))
const NAMES: Record<string, string> = { Name: 'Lucía', 'CF.12345': '24 November', LastName: '' }
const fill = (template: string) => fillMasks(template, mask => NAMES[mask.field])

describe('parsing', () => {
  it('finds masks of known entities, with and without a fallback', () => {
    expect(masksOf('Hi [Contact.Name|friend], [Deal.CF.12345]')).toEqual([
      { entity: 'Contact', field: 'Name', fallback: 'friend' },
      { entity: 'Deal', field: 'CF.12345' },
    ])
  })

  it('leaves other brackets, escaped ones and unclosed ones as text', () => {
    for (const text of [
      '[urgent]',
      '[Contact]',
      '[Lead.Name]',
      '\\[Contact.Name]',
      '[Contact.Name',
      '[Contact.\nName]',
    ]) {
      expect(masksOf(text)).toEqual([])
    }
  })

  it('takes the entity in any letters’ case', () => {
    expect(masksOf('[contact.name]')).toEqual([{ entity: 'Contact', field: 'name' }])
  })

  it('covers every template without gaps, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), template => {
        let position = 0
        for (const part of parseTemplate(template)) {
          expect(part.start).toBe(position)
          position = part.end
        }
        expect(position).toBe(template.length)
      }),
    )
  })

  it('reads back every mask that it writes', () => {
    const entity = fc.constantFrom(...MASK_ENTITIES)
    const fallback = fc.string().filter(text => !/[[\n\\]/u.test(text))
    fc.assert(
      fc.property(entity, fallback, (one, text) => {
        expect(masksOf(writeMask(one, 'Name', text))).toEqual([
          { entity: one, field: 'Name', fallback: text },
        ])
      }),
    )
  })
})

describe('filling', () => {
  it('puts values in, and the fallback where a value is empty', () => {
    expect(fill('Hello [Contact.Name] [Contact.LastName|friend]!')).toEqual({
      text: 'Hello Lucía friend!',
      warnings: [{ mask: '[Contact.LastName|friend]', reason: 'empty' }],
    })
  })

  it('leaves no raw mask of an unknown field in the text', () => {
    expect(fill('A[Contact.Nmae]B')).toEqual({
      text: 'AB',
      warnings: [{ mask: '[Contact.Nmae]', reason: 'unknown' }],
    })
  })

  it('writes an escaped bracket as a plain one', () => {
    expect(fill('\\[Contact.Name]').text).toBe('[Contact.Name]')
  })

  it('does not look for masks in values', () => {
    expect(fillMasks('[Contact.Name]', () => '[Deal.Name]').text).toBe('[Deal.Name]')
  })
})

describe('custom fields', () => {
  it('are stored by id and shown by name', () => {
    const stored = toStored('On [Deal.Pickup date|soon]', FIELDS)
    expect(stored).toBe('On [Deal.CF.12345|soon]')
    expect(toShown(stored, FIELDS)).toBe('On [Deal.Pickup date|soon]')
  })

  it('are shown by id where the name is not unique, not writable, or a standard field’s', () => {
    const stored = '[Deal.CF.12346] [Deal.CF.12347] [Deal.CF.12348] [Deal.CF.12349]'
    expect(toShown(stored, FIELDS)).toBe(stored)
  })

  it('keep their mask when the field was renamed or removed', () => {
    expect(toShown('[Deal.CF.12345]', [{ entity: 'Deal', code: 'CF.12345', name: 'New' }])).toBe(
      '[Deal.New]',
    )
    expect(toShown('[Deal.CF.12345]', [])).toBe('[Deal.CF.12345]')
  })
})

describe('unknown masks', () => {
  it('come with the nearest field', () => {
    expect(unknownMasks('x [Deal.Pikup date] [Contact.Name]', FIELDS)).toEqual([
      { raw: '[Deal.Pikup date]', start: 2, end: 19, suggestion: '[Deal.Pickup date]' },
    ])
  })

  it('come without one where nothing is near', () => {
    expect(unknownMasks('[Deal.Something else]', FIELDS)[0]).not.toHaveProperty('suggestion')
  })
})

describe('a mask that was not closed', () => {
  const fields: MaskField[] = [
    { entity: 'Contact', code: 'Name' },
    { entity: 'Deal', code: 'CF.1', name: 'Pickup date' },
    { entity: 'Deal', code: 'CF.2', name: 'Pickup' },
  ]

  it.each([
    ['Hi [Contact.Name, hello', 3, '[Contact.Name', '[Contact.Name]'],
    ['Hi [contact.name', 3, '[contact.name', '[Contact.Name]'],
    ['[Deal.Pickup date is near', 0, '[Deal.Pickup date', '[Deal.Pickup date]'],
    ['Hi [Contact.Nmae and more', 3, '[Contact.Nmae', '[Contact.Name]'],
    ['[Contact.Name] [Deal.Nonsense', 15, '[Deal.Nonsense', undefined],
  ])('in %j is found, with how it would be closed', (text, start, raw, suggestion) => {
    expect(unclosedMasks(text, fields)).toEqual([
      { start, end: start + raw.length, raw, ...(suggestion ? { suggestion } : {}) },
    ])
  })

  it.each(['[Contact.Name]', '[urgent', '\\[Contact.Name', 'a [b] c'])('is not found in %j', text =>
    expect(unclosedMasks(text, fields)).toEqual([]),
  )
})

describe('pasted markers of Kommo’s', () => {
  it.each([
    ['Hi {{contact.name}}!', 'Hi [Contact.Name]!'],
    ['{{ lead.cf.12345 }} for {{lead.price}}', '[Deal.CF.12345] for [Deal.Price]'],
    ['{{lead.responsible.name}}', '[User.Name]'],
    ['{{current_date}} {{x', '{{current_date}} {{x'],
  ])('in %j become masks where we have such ones', (text, expected) => {
    expect(masksFromMarkers(text)).toBe(expected)
  })
})

describe('a mask that is written', () => {
  it.each([
    ['a\\', 'a'],
    ['a]b\\\\', 'a]b'],
    ['a\\]', 'a\\]'],
    ['\\', ''],
  ])('with the fallback %j is read as one mask with %j', (fallback, read) => {
    const written = writeMask('Contact', 'Name', fallback)
    expect(parseTemplate(written)).toMatchObject([
      { kind: 'mask', mask: { entity: 'Contact', field: 'Name', fallback: read } },
    ])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalisePhone, normaliseUsername } from './addresses.ts'

describe('a phone', () => {
  it.each([
    ['+34 612 77 03 15', null, '+34612770315'],
    ['612 77 03 16', 'ES', '+34612770316'],
    ['8 (916) 555-01-18', 'RU', '+79165550118'],
    ['7 916 555 01 17', null, '+79165550117'],
    ['0034612770315', null, '+34612770315'],
    ['+1 (830) 580-30-77', null, '+18305803077'],
    ['34612770315', null, '+34612770315'],
  ])('%s of an account in %s is %s', (written, country, expected) => {
    expect(normalisePhone(written, country)).toBe(expected)
  })

  it.each(['', 'no phone', '12', '+0000000000', 'ext. 5'])('is not %j', written => {
    expect(normalisePhone(written, 'ES')).toBeNull()
  })

  it('stays the same when it is normalised again, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), written => {
        const once = normalisePhone(written, 'ES')
        if (once !== null) expect(normalisePhone(once, 'BR')).toBe(once)
      }),
    )
  })
})

describe('a username', () => {
  it.each([
    ['@Mateo_Garcia', 'mateo_garcia'],
    ['https://t.me/anna_iv', 'anna_iv'],
    ['  elena  ', 'elena'],
  ])('%s is %s', (written, expected) => {
    expect(normaliseUsername(written)).toBe(expected)
  })

  it('is no sentence', () => {
    expect(normaliseUsername('call me')).toBeNull()
  })
})

import { expect, it } from 'vitest'
import { openForm } from '../testing/open-form.ts'

/** A small generator with a seed, so that a failure names a text that can be tried again. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state % below
  }
}

const PIECES = [
  'hello',
  'Привет',
  'مرحبا',
  'שלום',
  'こんにちは',
  '💐',
  '👩‍👩‍👧',
  '\t',
  '\n',
  '\n\n',
  ' ',
  '  ',
  '[Contact.Name]',
  '[Deal.Pickup date|soon]',
  '[Deal.Nonsense]',
  'x'.repeat(90),
  '-',
  '1,024',
]

it('the overlay has the textarea’s height, whatever the text and the width', async () => {
  const mismatches: string[] = []
  for (const width of [300, 420, 620, 780]) {
    const { area, close } = await openForm({ width })
    const overlay = area.parentElement?.querySelector('.overlay')
    if (!overlay) throw new Error('No overlay')
    const setValue = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set
    for (let seed = 1; seed <= 100; seed++) {
      const random = randomOf(seed * 7919 + width)
      const pieces = Array.from({ length: random(24) }, () => PIECES[random(PIECES.length)] ?? '')
      const text = pieces.join(random(2) === 0 ? ' ' : '')
      // As React sees a person's typing.
      setValue?.call(area, text)
      area.dispatchEvent(new Event('input', { bubbles: true }))
      if (overlay.textContent?.replaceAll('\u200B', '') !== text) mismatches.push(`text ${seed}`)
      const difference = overlay.scrollHeight - area.scrollHeight
      if (Math.abs(difference) > 1) mismatches.push(`${width} px, ${difference} px: ${text}`)
    }
    close()
  }
  expect(mismatches).toEqual([])
})

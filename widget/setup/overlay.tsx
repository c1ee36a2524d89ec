import { findField, parseTemplate, type MaskField } from '../../contracts/masks.ts'

/** The same text as the textarea's, laid out in the same way under it, with its masks marked. */
export function Highlighted(props: {
  value: string
  fields: readonly MaskField[]
  /** While the account's fields are not known, none is called unknown. */
  areFieldsKnown: boolean
}) {
  const { value, fields, areFieldsKnown } = props
  return (
    <>
      {parseTemplate(value).map(part => {
        const written = value.slice(part.start, part.end)
        if (part.kind === 'text') return written
        const isKnown = !areFieldsKnown || findField(part.mask, fields)
        return (
          <span key={part.start} className={isKnown ? 'mask' : 'mask bad'}>
            {written}
          </span>
        )
      })}
      {/* An empty last line has no height of its own. */}
      {(value === '' || value.endsWith('\n')) && '\u200B'}
    </>
  )
}

const MENU_WIDTH = 330
const LINE_HEIGHT = 22

/** Where the menu stands for the character at an offset, by the overlay's own layout, in px. */
export function menuPosition(
  offset: number,
  overlay: HTMLDivElement | null,
): { left: number; top: number } {
  if (!overlay) return { left: 0, top: 0 }
  const walker = document.createTreeWalker(overlay, NodeFilter.SHOW_TEXT)
  let rest = offset
  let node = walker.nextNode()
  while (node && rest > (node.nodeValue?.length ?? 0)) {
    rest -= node.nodeValue?.length ?? 0
    node = walker.nextNode()
  }
  const range = document.createRange()
  if (node) range.setStart(node, rest)
  else range.selectNodeContents(overlay)
  range.collapse(true)
  const box = range.getBoundingClientRect()
  const frame = overlay.getBoundingClientRect()
  const isPlaced = box.height > 0
  const left = isPlaced ? box.left - frame.left : 8
  const bottom = isPlaced ? box.bottom - frame.top : LINE_HEIGHT + 8
  const widest = Math.max(0, frame.width - MENU_WIDTH)
  return {
    left: Math.min(Math.max(0, left), widest),
    top: Math.min(Math.max(LINE_HEIGHT, bottom), frame.height) + 4,
  }
}

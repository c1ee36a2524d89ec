/**
 * Replaces a stretch of a textarea as if it was typed: the browser's own undo stack goes on.
 * `execCommand` is deprecated, but nothing else keeps undo; the fallback only loses that.
 */
export function replaceText(
  area: HTMLTextAreaElement,
  start: number,
  end: number,
  text: string,
): void {
  area.focus()
  area.setSelectionRange(start, end)
  const done =
    text === '' ? document.execCommand('delete') : document.execCommand('insertText', false, text)
  if (done) return
  area.setRangeText(text, start, end, 'end')
  area.dispatchEvent(new Event('input', { bubbles: true }))
}

import { useId, useLayoutEffect, useRef, useState } from 'react'
import type { ClipboardEvent, KeyboardEvent, ReactNode, RefObject } from 'react'
import { findField, masksFromMarkers, parseTemplate } from '../../contracts/masks.ts'
import type { Mask, MaskField as Field } from '../../contracts/masks.ts'
import { useTexts } from '../texts.tsx'
import { replaceText } from './edit-text.ts'
import { MaskMenu } from './mask-menu.tsx'
import { filterOptions, maskOptions, type MaskOption } from './mask-options.ts'
import { Highlighted, menuPosition } from './overlay.tsx'
import { recentFields, rememberField } from './recent-fields.ts'

/** The menu is open: what is typed from `from` to the caret filters it. */
type Menu = { from: number; query: string; active: number; position: { left: number; top: number } }

/** The message's text: a plain textarea under which masks are highlighted, and the menu of masks. */
export function MaskField(props: {
  area: RefObject<HTMLTextAreaElement | null>
  value: string
  fields: readonly Field[]
  areFieldsKnown: boolean
  isLoading: boolean
  isInvalid: boolean
  valueOf: (mask: Mask) => string | undefined
  /** What stands under the text; a screen reader reads it with the field. */
  foot: ReactNode
  onChange: (value: string) => void
  onBlur: () => void
  onFile: (file: File) => void
}) {
  const { area, value, fields, areFieldsKnown, isLoading, isInvalid, valueOf, foot } = props
  const { onChange, onBlur, onFile } = props
  const { t } = useTexts()
  const id = useId()
  const overlay = useRef<HTMLDivElement>(null)
  const [menu, setMenu] = useState<Menu | null>(null)
  const [recent, setRecent] = useState(recentFields)
  const options = menu ? maskOptions(fields, key => t(key), valueOf) : []
  const found = menu ? filterOptions(options, menu.query, recent) : []

  // The overlay lies under the textarea and scrolls with it.
  useLayoutEffect(() => {
    if (overlay.current && area.current) overlay.current.scrollTop = area.current.scrollTop
  })
  // Opening the form means to write.
  useLayoutEffect(() => area.current?.focus(), [area])

  function openMenu(from: number, query: string) {
    setMenu({ from, query, active: 0, position: menuPosition(from, overlay.current) })
  }

  /** Opens at a `[` before the caret, and closes where no mask is being written. */
  function followCaret(typed: string | null) {
    const caret = area.current?.selectionStart ?? 0
    const before = area.current?.value.slice(0, caret) ?? ''
    const started = /(?<!\\)\[([^[\]|\n]{0,60})$/u.exec(before)
    if (started && (menu || typed === '[')) openMenu(started.index, started[1] ?? '')
    else if (menu && (!started || caret < menu.from)) setMenu(null)
  }

  function pick(option: MaskOption) {
    if (!menu || !area.current) return
    const { selectionStart, value: text } = area.current
    // A mask that already stands there is replaced with its closing bracket.
    const tail = /^[^[\]\n]*\]/u.exec(text.slice(selectionStart))?.[0] ?? ''
    const isInMask = parseTemplate(text).some(
      part => part.kind === 'mask' && part.start === menu.from && part.end > selectionStart,
    )
    const end = isInMask ? selectionStart + tail.length : selectionStart
    replaceText(area.current, menu.from, end, option.mask)
    rememberField(option.id.replace(/^recent-/u, ''))
    setRecent(recentFields())
    setMenu(null)
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.nativeEvent.isComposing) return
    if (menu && found.length > 0) {
      const last = found.length - 1
      const moves: Record<string, number> = {
        ArrowDown: menu.active === last ? 0 : menu.active + 1,
        ArrowUp: menu.active === 0 ? last : menu.active - 1,
      }
      const active = moves[event.key]
      if (active !== undefined) {
        event.preventDefault()
        setMenu({ ...menu, active })
        return
      }
      const option = found[menu.active]
      if (option && (event.key === 'Enter' || event.key === 'Tab')) {
        event.preventDefault()
        pick(option)
        return
      }
    }
    if (menu && event.key === 'Escape') {
      event.preventDefault()
      // Only the list closes, not the form.
      event.stopPropagation()
      setMenu(null)
      return
    }
    if (event.key === 'Backspace' || event.key === 'Delete') deleteWholeMask(event)
  }

  function deleteWholeMask(event: KeyboardEvent<HTMLTextAreaElement>) {
    const { selectionStart, selectionEnd } = event.currentTarget
    if (selectionStart !== selectionEnd) return
    const part = parseTemplate(value).find(
      candidate =>
        candidate.kind === 'mask' &&
        findField(candidate.mask, fields) &&
        (event.key === 'Backspace' ? candidate.end : candidate.start) === selectionStart,
    )
    if (!part) return
    event.preventDefault()
    replaceText(event.currentTarget, part.start, part.end, '')
  }

  function onPaste(event: ClipboardEvent<HTMLTextAreaElement>) {
    const [file] = event.clipboardData.files
    const text = event.clipboardData.getData('text/plain')
    // Office programs bring a picture of the text along: the text is meant then.
    if (file && text === '') {
      event.preventDefault()
      onFile(file)
      return
    }
    const withMasks = masksFromMarkers(text)
    if (withMasks === text) return
    event.preventDefault()
    const { selectionStart, selectionEnd } = event.currentTarget
    replaceText(event.currentTarget, selectionStart, selectionEnd, withMasks)
  }

  const menuId = `${id}-menu`
  const active = menu ? found[menu.active] : undefined
  return (
    <div className="field">
      <div className="field-head">
        <label htmlFor={id}>{t('setup.text')}</label>
        <button
          type="button"
          className="link"
          onMouseDown={event => event.preventDefault()}
          onClick={() => {
            area.current?.focus()
            if (menu) setMenu(null)
            else openMenu(area.current?.selectionStart ?? 0, '')
          }}
        >
          {t('setup.insert_field')} <kbd aria-hidden="true">[</kbd>
        </button>
      </div>
      <div className="editor">
        <div className="overlay" ref={overlay} aria-hidden="true" dir="auto">
          <Highlighted value={value} fields={fields} areFieldsKnown={areFieldsKnown} />
        </div>
        <textarea
          id={id}
          ref={area}
          className="text"
          dir="auto"
          rows={5}
          value={value}
          placeholder={t('setup.placeholder')}
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={menu ? menuId : undefined}
          aria-activedescendant={active ? `${menuId}-${active.id}` : undefined}
          aria-describedby={`${id}-foot`}
          aria-invalid={isInvalid}
          onChange={event => {
            onChange(event.target.value)
            followCaret((event.nativeEvent as InputEvent).data)
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onSelect={() => menu && followCaret(null)}
          onScroll={event => {
            if (overlay.current) overlay.current.scrollTop = event.currentTarget.scrollTop
          }}
          onBlur={() => {
            setMenu(null)
            onBlur()
          }}
        />
        {menu && (
          <MaskMenu
            id={menuId}
            options={found}
            active={menu.active}
            position={menu.position}
            isLoading={isLoading}
            onPick={pick}
          />
        )}
      </div>
      <div className="field-foot" id={`${id}-foot`}>
        {foot}
      </div>
    </div>
  )
}

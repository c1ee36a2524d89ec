import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react'
import { findField, parseTemplate, unknownMasks, type MaskField } from '../../contracts/masks.ts'
import { MESSAGE_MAX_CHARACTERS } from '../../contracts/message.ts'
import { useTexts } from '../texts.tsx'
import { replaceText } from './edit-text.ts'
import { filterOptions, maskOptions, type MaskOption } from './mask-labels.ts'
import { MaskMenu } from './mask-menu.tsx'

/** The menu is open: what is typed from `from` to the caret filters it. */
type Menu = { from: number; query: string; active: number; position: { left: number; top: number } }

/** The message's text: a plain textarea under which masks are highlighted, and the menu of masks. */
export function MaskField(props: {
  value: string
  fields: readonly MaskField[]
  isLoading: boolean
  onChange: (value: string) => void
}) {
  const { value, fields, isLoading, onChange } = props
  const { t, language } = useTexts()
  const id = useId()
  const area = useRef<HTMLTextAreaElement>(null)
  const overlay = useRef<HTMLDivElement>(null)
  const [menu, setMenu] = useState<Menu | null>(null)
  const options = maskOptions(fields, key => t(key))
  const found = menu ? filterOptions(options, menu.query) : []
  const unknown = isLoading ? [] : unknownMasks(value, fields)

  // The overlay lies under the textarea and scrolls with it.
  useLayoutEffect(() => {
    if (overlay.current && area.current) overlay.current.scrollTop = area.current.scrollTop
  })

  function openMenu(from: number, query: string) {
    setMenu({ from, query, active: 0, position: positionOf(from, overlay.current) })
  }

  /** Opens at a `[` before the caret, and closes where no mask is being written. */
  function followCaret(typed: string | null) {
    const caret = area.current?.selectionStart ?? 0
    const before = area.current?.value.slice(0, caret) ?? ''
    const started = /(?<!\\)\[([^[\]\n]{0,60})$/u.exec(before)
    if (started && (menu || typed === '[')) openMenu(started.index, started[1] ?? '')
    else if (menu && (!started || caret < menu.from)) setMenu(null)
  }

  function pick(option: MaskOption) {
    if (!menu || !area.current) return
    replaceText(area.current, menu.from, area.current.selectionStart, option.mask)
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

  const menuId = `${id}-menu`
  const active = menu ? found[menu.active] : undefined
  const count = new Intl.NumberFormat(language)
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
          {t('setup.insert_field')}
        </button>
      </div>
      <div className="editor">
        <div className="overlay" ref={overlay} aria-hidden="true" dir="auto">
          <Highlighted value={value} fields={fields} isLoading={isLoading} />
        </div>
        <textarea
          id={id}
          ref={area}
          className="text"
          dir="auto"
          rows={5}
          value={value}
          maxLength={MESSAGE_MAX_CHARACTERS}
          placeholder={t('setup.placeholder')}
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={menu ? menuId : undefined}
          aria-activedescendant={active ? `${menuId}-${active.id}` : undefined}
          aria-describedby={`${id}-hints`}
          onChange={event => {
            onChange(event.target.value)
            followCaret((event.nativeEvent as InputEvent).data)
          }}
          onKeyDown={onKeyDown}
          onSelect={() => menu && followCaret(null)}
          onScroll={event => {
            if (overlay.current) overlay.current.scrollTop = event.currentTarget.scrollTop
          }}
          onBlur={() => setMenu(null)}
        />
        {menu && (
          <MaskMenu
            id={menuId}
            options={found}
            active={menu.active}
            position={menu.position}
            onPick={pick}
          />
        )}
      </div>
      <div className="field-foot mute" id={`${id}-hints`}>
        <ul className="unknown">
          {unknown.map(mask => (
            <li key={mask.start}>
              {t('setup.unknown_field', { mask: mask.raw })}{' '}
              {mask.suggestion !== undefined && (
                <button
                  type="button"
                  className="link"
                  onClick={() => {
                    if (area.current)
                      replaceText(area.current, mask.start, mask.end, mask.suggestion ?? '')
                  }}
                >
                  {t('setup.did_you_mean', { mask: mask.suggestion })}
                </button>
              )}
            </li>
          ))}
          {unknown.length === 0 && <li>{t('setup.type_bracket')}</li>}
        </ul>
        <span>
          {count.format(value.length)} / {count.format(MESSAGE_MAX_CHARACTERS)}
        </span>
      </div>
    </div>
  )
}

function Highlighted(props: { value: string; fields: readonly MaskField[]; isLoading: boolean }) {
  const { value, fields, isLoading } = props
  return (
    <>
      {parseTemplate(value).map(part => {
        const written = value.slice(part.start, part.end)
        if (part.kind === 'text') return written
        const isKnown = isLoading || findField(part.mask, fields)
        return (
          <span key={part.start} className={isKnown ? 'mask' : 'mask bad'}>
            {written}
          </span>
        )
      })}
      {(value === '' || value.endsWith('\n')) && '\u200B'}
    </>
  )
}

/** Where the character at an offset stands, by the overlay's own layout. */
function positionOf(offset: number, overlay: HTMLDivElement | null): Menu['position'] {
  if (!overlay) return { left: 0, top: 0 }
  const walker = document.createTreeWalker(overlay, NodeFilter.SHOW_TEXT)
  let rest = offset
  let node = walker.nextNode()
  while (node && rest > (node.nodeValue?.length ?? 0)) {
    rest -= node.nodeValue?.length ?? 0
    node = walker.nextNode()
  }
  if (!node) return { left: 0, top: 32 }
  const range = document.createRange()
  range.setStart(node, rest)
  const box = range.getBoundingClientRect()
  const frame = overlay.getBoundingClientRect()
  const widest = Math.max(0, frame.width - 330)
  const left = box.height === 0 ? 8 : box.left - frame.left
  const bottom = box.height === 0 ? 28 : box.bottom - frame.top
  return { left: Math.min(Math.max(0, left), widest), top: Math.min(bottom + 4, frame.height + 4) }
}

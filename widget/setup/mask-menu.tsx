import { Fragment, type MouseEvent } from 'react'
import { useTexts } from '../texts.tsx'
import type { MaskOption } from './mask-labels.ts'

/** The list of fields under the caret. The textarea keeps the focus and names the active option. */
export function MaskMenu(props: {
  id: string
  options: readonly MaskOption[]
  active: number
  position: { left: number; top: number }
  onPick: (option: MaskOption) => void
}) {
  const { id, options, active, position, onPick } = props
  const { t } = useTexts()
  return (
    <div
      className="menu"
      role="presentation"
      onMouseDown={keepFocus}
      style={{ insetInlineStart: position.left, top: position.top }}
    >
      <div role="listbox" id={id} aria-label={t('setup.fields')} tabIndex={0}>
        {options.length === 0 && <div className="menu-empty">{t('setup.no_field')}</div>}
        {options.map((option, index) => (
          <Fragment key={option.id}>
            {option.entity !== options[index - 1]?.entity && (
              <div className="menu-group" role="presentation">
                {t(`entities.${option.entity}`)}
              </div>
            )}
            <div
              role="option"
              tabIndex={-1}
              id={`${id}-${option.id}`}
              aria-selected={index === active}
              className="menu-option"
              ref={node => {
                if (index === active) node?.scrollIntoView({ block: 'nearest' })
              }}
              onMouseDown={() => onPick(option)}
            >
              <b>{option.label}</b>
              <span>{option.mask}</span>
            </div>
          </Fragment>
        ))}
      </div>
    </div>
  )
}

/** The textarea must not lose the focus, also not to the list's scroll bar. */
function keepFocus(event: MouseEvent): void {
  event.preventDefault()
}

import { Fragment, type MouseEvent } from 'react'
import { useTexts } from '../texts.tsx'
import type { MaskOption } from './mask-options.ts'

/** The list of fields under the caret. The textarea keeps the focus and names the active option. */
export function MaskMenu(props: {
  id: string
  options: readonly MaskOption[]
  active: number
  position: { left: number; top: number }
  isLoading: boolean
  onPick: (option: MaskOption) => void
}) {
  const { id, options, active, position, isLoading, onPick } = props
  const { t } = useTexts()
  const groupOf = (option: MaskOption | undefined) =>
    option && (option.isRecent ? 'setup.recent' : `entities.${option.entity}`)
  return (
    <div className="menu" role="presentation" onMouseDown={keepFocus} style={position}>
      <div role="listbox" id={id} aria-label={t('setup.fields')} tabIndex={0}>
        {options.map((option, index) => {
          const group = groupOf(option)
          return (
            <Fragment key={option.id}>
              {group && group !== groupOf(options[index - 1]) && (
                <div className="menu-group" role="presentation">
                  {t(group)}
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
                <span>
                  <b>{option.label}</b>
                  <small>{option.mask}</small>
                </span>
                <span className="mute" dir="auto">
                  {option.value}
                </span>
              </div>
            </Fragment>
          )
        })}
      </div>
      {options.length === 0 && !isLoading && (
        <div className="menu-empty" role="status">
          {t('setup.no_field')}
        </div>
      )}
      {isLoading && <div className="menu-empty">{t('setup.fields_loading')}</div>}
    </div>
  )
}

/** The textarea must not lose the focus, also not to the list's scroll bar. */
function keepFocus(event: MouseEvent): void {
  event.preventDefault()
}

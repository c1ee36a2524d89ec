import { useQuery } from '@tanstack/react-query'
import { useId, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Recipient } from '../../../../contracts/test-send.ts'
import { LoadError } from '../../../components/load-error.tsx'
import { useDebounced } from '../../../lib/use-debounced.ts'
import { recipientsQuery, type RecipientType } from '../api/recipients.ts'

const TYPES = ['lead', 'contact'] as const satisfies readonly RecipientType[]

/** Looks for a real deal or contact, as far as the person may see it in Kommo. */
export function RecipientPicker(props: {
  recipient: Recipient | null
  isMissing: boolean
  onPick: (recipient: Recipient | null) => void
}) {
  const { recipient, isMissing, onPick } = props
  const { t } = useTranslation()
  const id = useId()
  const [type, setType] = useState<RecipientType>('lead')
  const [typed, setTyped] = useState('')
  const [active, setActive] = useState(0)
  const search = useDebounced(typed.trim())
  const found = useQuery({ ...recipientsQuery(type, search), enabled: recipient === null })
  const options = found.data?.recipients ?? []
  // What is shown may still be the answer to an earlier text: Enter must not pick from that.
  const isStale = search !== typed.trim() || found.isPlaceholderData

  if (recipient) {
    return (
      <div className="field">
        <span>{t('test.recipient')}</span>
        <div className="chosen">
          <span>
            <b dir="auto">{recipient.name}</b>{' '}
            <span className="mute">
              {t(`test.type_${recipient.type}`)} #{recipient.id}
            </span>
          </span>
          <button type="button" className="link" onClick={() => onPick(null)}>
            {t('test.other')}
          </button>
        </div>
      </div>
    )
  }

  function onKeyDown(event: KeyboardEvent) {
    if (options.length === 0) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : options.length - 1
      setActive((active + step) % options.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      const option = options[active]
      if (option && !isStale) onPick(option)
    }
  }

  return (
    <div className="field">
      <label htmlFor={`${id}-search`}>{t('test.recipient')}</label>
      <div className="segments" role="group" aria-label={t('test.recipient_type')}>
        {TYPES.map(one => (
          <button
            key={one}
            type="button"
            aria-pressed={one === type}
            onClick={() => {
              setType(one)
              setActive(0)
            }}
          >
            {t(`test.type_${one}`)}
          </button>
        ))}
      </div>
      <input
        id={`${id}-search`}
        className="input"
        type="search"
        role="combobox"
        autoComplete="off"
        aria-expanded={options.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={options[active] ? `${id}-${active}` : undefined}
        aria-invalid={isMissing}
        aria-describedby={isMissing ? `${id}-error` : undefined}
        value={typed}
        placeholder={t(`test.search_${type}`)}
        onChange={event => {
          setTyped(event.target.value)
          setActive(0)
        }}
        onKeyDown={onKeyDown}
      />
      {isMissing && (
        <span className="field-error" id={`${id}-error`} role="alert">
          {t('test.choose_recipient')}
        </span>
      )}
      {found.isError && <LoadError error={found.error} onRetry={() => void found.refetch()} />}
      <div
        className="options"
        id={`${id}-list`}
        role="listbox"
        aria-label={t('test.recipient')}
        aria-busy={isStale}
      >
        {options.map((option, index) => (
          // The field keeps the focus: it is what the arrow keys and Enter belong to.
          <div
            key={option.id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            onMouseDown={event => {
              event.preventDefault()
              onPick(option)
            }}
          >
            <span dir="auto">{option.name}</span> <span className="mute">#{option.id}</span>
          </div>
        ))}
      </div>
      {found.data && options.length === 0 && <p className="mute">{t('test.nobody_found')}</p>}
    </div>
  )
}

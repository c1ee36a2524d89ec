import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { formatSeconds } from '../../../lib/format.ts'

const MAX_SECONDS = 86_400

/** The wait in seconds: kept while it is typed, saved when the field is left or Enter is pressed. */
export function WaitField(props: {
  label: string
  seconds: number
  minSeconds: number
  isDisabled: boolean
  onChange: (seconds: number) => void
}) {
  const { label, seconds, minSeconds, isDisabled, onChange } = props
  const { t, i18n } = useTranslation()
  const id = useId()
  const [typed, setTyped] = useState<string | null>(null)
  const [isWrong, setIsWrong] = useState(false)

  function save() {
    if (typed === null) return
    const wanted = Number(typed.trim().replace(',', '.') || Number.NaN)
    const isValid = wanted >= minSeconds && wanted <= MAX_SECONDS
    setIsWrong(!isValid)
    if (!isValid) return
    setTyped(null)
    if (wanted !== seconds) onChange(wanted)
  }

  return (
    <div className="wait-field">
      <label className={isWrong ? 'wait wrong' : 'wait'}>
        <span className="visually-hidden">{label}</span>
        <input
          inputMode="decimal"
          value={typed ?? String(seconds)}
          disabled={isDisabled}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? id : undefined}
          onChange={event => setTyped(event.target.value)}
          onBlur={save}
          onKeyDown={event => {
            if (event.key === 'Enter') save()
            if (event.key === 'Escape') {
              setTyped(null)
              setIsWrong(false)
            }
          }}
        />
        <span aria-hidden="true">{t('cascade.seconds')}</span>
      </label>
      {isWrong && (
        <span id={id} className="field-error" role="alert">
          {t('cascade.wait_wrong', {
            min: formatSeconds(minSeconds, i18n.language),
            max: formatSeconds(MAX_SECONDS, i18n.language),
          })}
        </span>
      )}
    </div>
  )
}

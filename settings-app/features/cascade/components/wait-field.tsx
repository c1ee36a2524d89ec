import { useState } from 'react'
import { useTranslation } from 'react-i18next'

/** The wait in seconds: kept while it is typed, saved when the field is left or Enter is pressed. */
export function WaitField(props: {
  label: string
  seconds: number
  isDisabled: boolean
  onChange: (seconds: number) => void
}) {
  const { label, seconds, isDisabled, onChange } = props
  const { t } = useTranslation()
  const [typed, setTyped] = useState<string | null>(null)

  function save() {
    if (typed === null) return
    const wanted = Number(typed.replace(',', '.'))
    setTyped(null)
    const isValid = Number.isFinite(wanted) && wanted >= 1 && wanted <= 86_400
    if (isValid && wanted !== seconds) onChange(wanted)
  }

  return (
    <label className="wait">
      <span className="visually-hidden">{label}</span>
      <input
        inputMode="decimal"
        value={typed ?? String(seconds)}
        disabled={isDisabled}
        onChange={event => setTyped(event.target.value)}
        onBlur={save}
        onKeyDown={event => {
          if (event.key === 'Enter') save()
          if (event.key === 'Escape') setTyped(null)
        }}
      />
      <span aria-hidden="true">{t('cascade.seconds')}</span>
    </label>
  )
}

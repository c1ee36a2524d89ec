import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Connections } from '../../../../contracts/connections.ts'
import { Switch } from '../../../components/switch.tsx'
import { codeOf } from '../../../lib/client.ts'
import { kommoQuery, useSavePreferences } from '../api/connections.ts'

const MIN_DAYS = 1
const MAX_DAYS = 3650

/** How runs use Kommo, and how long texts are kept. Each change is saved at once. */
export function PreferencesSection({ preferences }: { preferences: Connections['preferences'] }) {
  const { t } = useTranslation()
  const id = useId()
  const save = useSavePreferences()
  const fields = useQuery(kommoQuery).data?.usernameFields ?? []
  // What is on its way is shown as it was chosen.
  const shown = save.isPending ? save.variables : preferences
  const { usernameFieldId, writesNote } = shown
  const isKnown = usernameFieldId === null || fields.some(field => field.id === usernameFieldId)
  return (
    <section className="panel" aria-labelledby={`${id}-title`}>
      <header className="panel-head">
        <h2 id={`${id}-title`}>{t('preferences.title')}</h2>
        <span role="status" className="save-state">
          {save.isPending && <span className="mute">{t('cascade.saving')}</span>}
          {save.isSuccess && `✓ ${t('cascade.saved')}`}
          {save.isError && (
            <span className="bad">
              {t(`errors.code_${codeOf(save.error)}`, t('errors.code_internal'))}
            </span>
          )}
        </span>
      </header>
      <label className="field">
        <span>{t('preferences.username_field')}</span>
        <select
          className="input"
          value={usernameFieldId ?? ''}
          aria-describedby={`${id}-username`}
          onChange={event =>
            save.mutate({
              ...preferences,
              usernameFieldId: event.target.value === '' ? null : Number(event.target.value),
            })
          }
        >
          <option value="">{t('preferences.no_username_field')}</option>
          {!isKnown && <option value={usernameFieldId}>#{usernameFieldId}</option>}
          {fields.map(field => (
            <option key={field.id} value={field.id}>
              {field.name}
            </option>
          ))}
        </select>
        <span className="mute" id={`${id}-username`}>
          {t('preferences.username_hint')}
        </span>
      </label>
      <div className="switch-line">
        <Switch
          isOn={writesNote}
          labelledBy={`${id}-note`}
          onChange={isOn => save.mutate({ ...preferences, writesNote: isOn })}
        />
        <span id={`${id}-note`}>{t('preferences.writes_note')}</span>
      </div>
      <Retention
        days={shown.retentionDays}
        onChange={retentionDays => save.mutate({ ...preferences, retentionDays })}
      />
    </section>
  )
}

function Retention({ days, onChange }: { days: number; onChange: (days: number) => void }) {
  const { t } = useTranslation()
  const id = useId()
  const [typed, setTyped] = useState<string | null>(null)
  const [isWrong, setIsWrong] = useState(false)
  function save() {
    if (typed === null) return
    const wanted = Number(typed)
    const isValid = Number.isInteger(wanted) && wanted >= MIN_DAYS && wanted <= MAX_DAYS
    setIsWrong(!isValid)
    if (!isValid) return
    setTyped(null)
    if (wanted !== days) onChange(wanted)
  }
  return (
    <div className="field">
      <label htmlFor={id}>{t('preferences.retention')}</label>
      <input
        id={id}
        className="input short"
        inputMode="numeric"
        value={typed ?? String(days)}
        aria-invalid={isWrong}
        aria-describedby={`${id}-hint`}
        onChange={event => setTyped(event.target.value)}
        onBlur={save}
        onKeyDown={event => {
          if (event.key === 'Enter') save()
        }}
      />
      <span
        className={isWrong ? 'field-error' : 'mute'}
        id={`${id}-hint`}
        role={isWrong ? 'alert' : undefined}
      >
        {t(isWrong ? 'preferences.retention_wrong' : 'preferences.retention_hint', {
          min: MIN_DAYS,
          max: MAX_DAYS,
        })}
      </span>
    </div>
  )
}

import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { cascadeQuery } from '../../../api/get-cascade.ts'
import { botsQuery } from '../api/get-bots.ts'
import { OUTCOMES, type RunFilters as Filters } from '../api/get-runs.ts'

const SEARCH_AFTER_MS = 250

/** What the list is narrowed down to. */
export function RunFilters(props: { filters: Filters; onChange: (filters: Filters) => void }) {
  const { filters, onChange } = props
  const { t } = useTranslation()
  const messengers = useQuery(cascadeQuery).data?.messengers ?? []
  const bots = useQuery(botsQuery).data?.bots ?? []
  const connections = messengers
    .filter(messenger => !filters.messenger || messenger.type === filters.messenger)
    .flatMap(messenger =>
      messenger.connections.map(({ connectionId, name }) => ({
        value: String(connectionId),
        label: `${messenger.name} ${name}`,
      })),
    )
  const set = (name: keyof Filters) => (value: string) => {
    const kept: Filters = { ...filters, [name]: value }
    // A connection belongs to its messenger.
    if (name === 'messenger') delete kept.connection
    if (value === '') delete kept[name]
    onChange(kept)
  }
  return (
    <div className="filters" role="search" aria-label={t('activity.filters')}>
      <Search value={filters.search ?? ''} onChange={set('search')} />
      <Choice
        label={t('activity.outcome')}
        value={filters.outcome}
        options={OUTCOMES.map(one => ({ value: one, label: t(`activity.outcome_${one}`) }))}
        onChange={set('outcome')}
      />
      <Choice
        label={t('activity.messenger')}
        value={filters.messenger}
        options={messengers.map(({ type, name }) => ({ value: type, label: name }))}
        onChange={set('messenger')}
      />
      <Choice
        label={t('activity.connection')}
        value={filters.connection}
        options={connections}
        onChange={set('connection')}
      />
      <Choice
        label={t('activity.bot_filter')}
        value={filters.bot}
        options={bots.map(({ id, name }) => ({ value: String(id), label: name }))}
        onChange={set('bot')}
      />
      <label className="field">
        <span>{t('activity.deal_number')}</span>
        <input
          className="input"
          inputMode="numeric"
          value={filters.deal ?? ''}
          onChange={event => set('deal')(event.target.value.replaceAll(/\D/gu, '').slice(0, 15))}
        />
      </label>
      {(['from', 'to'] as const).map(name => (
        <label className="field" key={name}>
          <span>{t(`activity.${name}`)}</span>
          <input
            className="input"
            type="date"
            value={filters[name] ?? ''}
            onChange={event => set(name)(event.target.value)}
          />
        </label>
      ))}
      {Object.keys(filters).length > 0 && (
        <button type="button" className="link clear" onClick={() => onChange({})}>
          {t('activity.clear')}
        </button>
      )}
    </div>
  )
}

function Choice(props: {
  label: string
  value: string | undefined
  options: readonly { value: string; label: string }[]
  onChange: (value: string) => void
}) {
  const { label, value, options, onChange } = props
  const { t } = useTranslation()
  const isKnown = value === undefined || options.some(option => option.value === value)
  return (
    <label className="field">
      <span>{label}</span>
      <select
        className="input"
        value={value ?? ''}
        onChange={event => onChange(event.target.value)}
      >
        <option value="">{t('activity.all')}</option>
        {!isKnown && <option value={value}>{value}</option>}
        {options.map(option => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Asked for a moment after the last key. */
function Search({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState(value)
  const [shown, setShown] = useState(value)
  if (shown !== value) {
    setShown(value)
    setTyped(value)
  }
  useEffect(() => {
    if (typed === value) return undefined
    const timer = setTimeout(() => onChange(typed), SEARCH_AFTER_MS)
    return () => clearTimeout(timer)
  }, [typed, value, onChange])
  return (
    <label className="field search">
      <span>{t('activity.search')}</span>
      <input
        className="input"
        type="search"
        value={typed}
        placeholder={t('activity.search_hint')}
        onChange={event => setTyped(event.target.value)}
      />
    </label>
  )
}

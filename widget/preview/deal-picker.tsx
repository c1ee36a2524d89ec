import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'
import type { WidgetDeal, WidgetDeals, WidgetDealValues } from '../../contracts/widget-api.ts'
import { useFailureText } from '../failure-text.ts'
import type { ApiFailure, WidgetApi } from '../kommo/host.ts'
import { useTexts } from '../texts.tsx'
import type { PreviewValues } from './use-values.ts'

const SEARCH_AFTER_MS = 250

type Found =
  | { state: 'asking' }
  | { state: 'found'; deals: readonly WidgetDeal[] }
  | { state: 'failed'; failure: ApiFailure }

/** Whose values the preview shows: invented ones, or those of a deal that the person looks for. */
export function DealPicker({ api, values }: { api: WidgetApi; values: PreviewValues }) {
  const { t } = useTexts()
  const [isOpen, setIsOpen] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const { deal, pick } = values
  function close() {
    setIsOpen(false)
    opener.current?.focus()
  }
  return (
    <div className="deal">
      <span className="mute">
        {deal ? t('preview.with_deal', { deal: deal.name }) : t('preview.with_samples')}
      </span>
      <span className="deal-actions">
        <button
          type="button"
          ref={opener}
          className="link"
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          {t(deal ? 'preview.other_deal' : 'preview.use_deal')}
        </button>
        {deal && (
          <button type="button" className="link" onClick={() => pick(null)}>
            {t('preview.use_samples')}
          </button>
        )}
      </span>
      {isOpen && (
        <DealSearch
          api={api}
          onClose={close}
          onPick={picked => {
            pick(picked)
            close()
          }}
        />
      )}
    </div>
  )
}

function DealSearch(props: {
  api: WidgetApi
  onPick: (deal: WidgetDealValues) => void
  onClose: () => void
}) {
  const { api, onPick, onClose } = props
  const { t } = useTexts()
  const failureText = useFailureText()
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [query, setQuery] = useState('')
  const [found, setFound] = useState<Found>({ state: 'asking' })
  const [active, setActive] = useState(0)
  const isGone = useRef(false)
  useEffect(() => {
    isGone.current = false
    input.current?.focus()
    return () => {
      isGone.current = true
    }
  }, [])
  useEffect(() => {
    let isCurrent = true
    const timer = setTimeout(
      () =>
        void api
          .get<WidgetDeals>(`/deals?query=${encodeURIComponent(query.trim())}`)
          .then(result => {
            if (!isCurrent) return
            setActive(0)
            setFound(
              result.ok
                ? { state: 'found', deals: result.value.deals }
                : { state: 'failed', failure: result.failure },
            )
          }),
      query === '' ? 0 : SEARCH_AFTER_MS,
    )
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [api, query])

  async function choose(deal: WidgetDeal) {
    setFound({ state: 'asking' })
    const result = await api.get<WidgetDealValues>(`/deals/${deal.id}`)
    if (isGone.current) return
    if (result.ok) onPick(result.value)
    else setFound({ state: 'failed', failure: result.failure })
  }

  const deals = found.state === 'found' ? found.deals : []
  function onKeyDown(event: KeyboardEvent) {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: deals.length - 1 }
    const step = steps[event.key]
    if (step !== undefined && deals.length > 0) {
      event.preventDefault()
      setActive((active + step) % deals.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      const deal = deals[active]
      if (deal) void choose(deal)
    } else if (event.key === 'Escape') {
      event.stopPropagation()
      onClose()
    }
  }

  const shown = deals[active]
  return (
    <div className="deal-search">
      <input
        ref={input}
        className="input"
        type="search"
        role="combobox"
        aria-label={t('preview.find_deal')}
        placeholder={t('preview.find_deal')}
        aria-expanded={deals.length > 0}
        aria-controls={`${id}-deals`}
        aria-autocomplete="list"
        aria-activedescendant={shown ? `${id}-${shown.id}` : undefined}
        value={query}
        onChange={event => {
          setQuery(event.target.value)
          setFound({ state: 'asking' })
        }}
        onKeyDown={onKeyDown}
      />
      <div role="listbox" id={`${id}-deals`} aria-label={t('preview.deals')} tabIndex={0}>
        {deals.map((deal, index) => (
          <div
            role="option"
            tabIndex={-1}
            key={deal.id}
            id={`${id}-${deal.id}`}
            aria-selected={index === active}
            className="menu-option"
            onMouseDown={event => {
              event.preventDefault()
              void choose(deal)
            }}
          >
            <span dir="auto">{deal.name}</span>
            <span className="mute">{deal.id}</span>
          </div>
        ))}
      </div>
      <div role="status" className="mute">
        {found.state === 'asking' && t('preview.searching')}
        {found.state === 'found' && deals.length === 0 && t('preview.no_deal')}
        {found.state === 'failed' &&
          (found.failure.status === 404 ? t('preview.no_deal') : failureText(found.failure))}
      </div>
    </div>
  )
}

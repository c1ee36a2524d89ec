import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { RunListItem } from '../../../../contracts/activity.ts'
import { formatDuration, formatMoment } from '../../../lib/format.ts'
import { Outcome } from './outcome.tsx'
import { useRunNames } from './run-names.ts'

const ROW_HEIGHT_PX = 61

/** Runs, the latest first; only those in sight are drawn, and more come as the end comes near. */
export function RunList(props: {
  runs: readonly RunListItem[]
  hasMore: boolean
  isLoadingMore: boolean
  onMore: () => void
}) {
  const { runs, hasMore, isLoadingMore, onMore } = props
  const { t } = useTranslation()
  const list = useRef<HTMLUListElement>(null)
  const [offset, setOffset] = useState(0)
  useLayoutEffect(() => {
    setOffset((list.current?.getBoundingClientRect().top ?? 0) + scrollY)
  }, [])
  const virtualizer = useWindowVirtualizer({
    count: runs.length,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: 8,
    scrollMargin: offset,
    getItemKey: index => runs[index]?.id ?? index,
  })
  const items = virtualizer.getVirtualItems()
  const isNearEnd = (items.at(-1)?.index ?? 0) >= runs.length - 10
  useEffect(() => {
    if (isNearEnd && hasMore && !isLoadingMore) onMore()
  }, [isNearEnd, hasMore, isLoadingMore, onMore])
  return (
    <>
      <ul
        ref={list}
        className="runs"
        aria-label={t('nav.activity')}
        style={{ height: virtualizer.getTotalSize() }}
      >
        {items.map(({ index, key, start }) => {
          const run = runs[index]
          return (
            run && (
              <li
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                aria-setsize={hasMore ? -1 : runs.length}
                aria-posinset={index + 1}
                style={{ transform: `translateY(${start - offset}px)` }}
              >
                <RunRow run={run} />
              </li>
            )
          )
        })}
      </ul>
      {hasMore && (
        <button type="button" className="button more-runs" onClick={onMore}>
          {t(isLoadingMore ? 'activity.loading' : 'activity.more')}
        </button>
      )}
    </>
  )
}

function RunRow({ run }: { run: RunListItem }) {
  const { t, i18n } = useTranslation()
  const names = useRunNames()
  const { createdAt, endedAt, outcome, attempts, hasLateNews } = run
  const deal = names.deal(run)
  const took = endedAt === null ? null : Date.parse(endedAt) - Date.parse(createdAt)
  return (
    <Link href={`/activity/${run.id}`} className="run">
      <time dateTime={createdAt}>{formatMoment(createdAt, i18n.language)}</time>
      <span className="run-who">
        <b dir="auto">{names.contact(run)}</b>
        {deal && (
          <span className="mute" dir="auto">
            {deal}
          </span>
        )}
      </span>
      <span className="run-outcome">
        <Outcome outcome={outcome} />
        {hasLateNews && <span className="pill warn">{t('activity.late')}</span>}
        {outcome.kind === 'not_delivered' && (
          <span className="mute">{t(`timeline.ended_${outcome.reason}`)}</span>
        )}
      </span>
      <span className="run-how mute">
        {t('activity.attempts', { count: attempts })}
        {took !== null && ` · ${formatDuration(took, i18n.language)}`}
      </span>
      <span className="run-origin mute" dir="auto">
        {names.origin(run)}
      </span>
    </Link>
  )
}

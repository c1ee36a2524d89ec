import { useInfiniteQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'wouter'
import { Empty } from '../../../components/empty.tsx'
import { LoadError } from '../../../components/load-error.tsx'
import { PageSkeleton } from '../../../components/page-skeleton.tsx'
import { csvUrl, runsQuery, type RunFilters as Filters } from '../api/get-runs.ts'
import { RunFilters } from './run-filters.tsx'
import { RunList } from './run-list.tsx'
import './activity.css'

const FILTERS = [
  'outcome',
  'messenger',
  'connection',
  'bot',
  'deal',
  'from',
  'to',
  'search',
] as const satisfies readonly (keyof Filters)[]

/** Runs, the newest first and live. What is filtered stands in the address, so it can be shared. */
export default function ActivityPage() {
  const { t } = useTranslation()
  const [parameters, setParameters] = useSearchParams()
  const filters: Filters = Object.fromEntries(
    FILTERS.flatMap(name => {
      const value = parameters.get(name)
      return value ? [[name, value]] : []
    }),
  )
  const setFilters = useCallback(
    (wanted: Filters) => setParameters(new URLSearchParams(wanted), { replace: true }),
    [setParameters],
  )
  const runs = useInfiniteQuery(runsQuery(filters))
  const { fetchNextPage } = runs
  const onMore = useCallback(() => void fetchNextPage(), [fetchNextPage])
  const shown = runs.data?.pages.flatMap(page => page.runs) ?? []
  const isFiltered = Object.keys(filters).length > 0
  return (
    <>
      <header className="page-head">
        <h1>{t('nav.activity')}</h1>
        <a className="button export" href={csvUrl(filters)} download="runs.csv">
          {t('activity.export')}
        </a>
      </header>
      <RunFilters filters={filters} onChange={setFilters} />
      <div role="status" className="visually-hidden">
        {runs.data && t('activity.shown', { count: shown.length })}
      </div>
      {runs.isPending && <PageSkeleton />}
      {runs.isError && <LoadError error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.data && shown.length === 0 && (
        <Empty
          title={t(isFiltered ? 'activity.none_found' : 'activity.none')}
          text={t(isFiltered ? 'activity.none_found_text' : 'activity.none_text')}
        />
      )}
      {shown.length > 0 && (
        <RunList
          runs={shown}
          hasMore={runs.hasNextPage}
          isLoadingMore={runs.isFetchingNextPage}
          onMore={onMore}
        />
      )}
    </>
  )
}

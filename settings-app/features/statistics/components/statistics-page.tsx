import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'wouter'
import type { Statistics } from '../../../../contracts/statistics.ts'
import { statisticsQuery } from '../../../api/get-statistics.ts'
import { Empty } from '../../../components/empty.tsx'
import { LoadError } from '../../../components/load-error.tsx'
import { PageSkeleton } from '../../../components/page-skeleton.tsx'
import { formatDay, formatNumber, formatShare } from '../../../lib/format.ts'
import { ConnectionTable } from './connection-table.tsx'
import { DaysChart } from './days-chart.tsx'
import { MessengerTable } from './messenger-table.tsx'
import './statistics.css'

const RANGES = [7, 30, 90] as const

/** What became of messages: by messenger, by connection, by day. */
export default function StatisticsPage() {
  const { t, i18n } = useTranslation()
  const [parameters, setParameters] = useSearchParams()
  const days = RANGES.find(one => String(one) === parameters.get('days')) ?? 30
  const statistics = useQuery(statisticsQuery(days))
  const { data } = statistics
  return (
    <>
      <header className="page-head">
        <h1>{t('nav.statistics')}</h1>
        <div className="segments" role="group" aria-label={t('statistics.range')}>
          {RANGES.map(range => (
            <button
              key={range}
              type="button"
              aria-pressed={range === days}
              onClick={() => setParameters({ days: String(range) }, { replace: true })}
            >
              {t('statistics.days', { count: range })}
            </button>
          ))}
        </div>
      </header>
      {data && (
        <p className="mute">
          {t('statistics.from_to', {
            from: formatDay(data.from, i18n.language),
            to: formatDay(data.to, i18n.language),
            zone: data.timeZone,
          })}
        </p>
      )}
      {statistics.isPending && <PageSkeleton />}
      {statistics.isError && (
        <LoadError error={statistics.error} onRetry={() => void statistics.refetch()} />
      )}
      {data && data.runs.total === 0 && (
        <Empty title={t('statistics.none')} text={t('statistics.none_text')} />
      )}
      {data && data.runs.total > 0 && <Content statistics={data} days={days} />}
    </>
  )
}

function Content({ statistics, days }: { statistics: Statistics; days: number }) {
  const { t, i18n } = useTranslation()
  const { language } = i18n
  const [shown, setShown] = useState('')
  const { total, delivered, existingChat } = statistics.runs
  const tiles = [
    { name: 'runs', value: formatNumber(total, language), of: null },
    {
      name: 'delivered',
      value: formatShare(delivered, total, language),
      of: formatNumber(delivered, language),
    },
    {
      name: 'existing_chat',
      value: formatShare(existingChat, total, language),
      of: formatNumber(existingChat, language),
    },
    {
      name: 'not_delivered',
      value: formatShare(total - delivered, total, language),
      of: formatNumber(total - delivered, language),
    },
  ] as const
  return (
    <>
      <dl className="tiles">
        {tiles.map(({ name, value, of }) => (
          <div key={name}>
            <dt>{t(`statistics.tile_${name}`)}</dt>
            <dd>
              <b>{value}</b>
              {of !== null && <span className="mute">{of}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <DaysChart statistics={statistics} shown={shown} days={days} onShow={setShown} />
      <MessengerTable messengers={statistics.messengers} />
      <ConnectionTable
        statistics={statistics}
        onShow={connectionId => setShown(`connection:${connectionId}`)}
      />
    </>
  )
}

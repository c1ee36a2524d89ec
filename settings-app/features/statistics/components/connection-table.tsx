import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Statistics } from '../../../../contracts/statistics.ts'
import { MessengerDot } from '../../../components/messenger-dot.tsx'
import { ScrollTable } from '../../../components/scroll-table.tsx'
import { CountCells, CountHeads } from './count-cells.tsx'

const AT_FIRST = 20
const MORE = 100

/** Each connection's results, the busiest first. */
export function ConnectionTable(props: {
  statistics: Statistics
  onShow: (connectionId: number) => void
}) {
  const { statistics, onShow } = props
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const [count, setCount] = useState(AT_FIRST)
  const wanted = search.trim().toLowerCase()
  const found = statistics.connections
    .filter(one => one.name.toLowerCase().includes(wanted))
    .toSorted((a, b) => b.counts.attempts - a.counts.attempts)
  const title = t('statistics.by_connection')
  return (
    <div className="panel">
      <header className="panel-head">
        <h2>{title}</h2>
        {statistics.connections.length > AT_FIRST && (
          <input
            type="search"
            className="input"
            value={search}
            aria-label={t('cascade.search_connections', { count: statistics.connections.length })}
            placeholder={t('cascade.search_connections', { count: statistics.connections.length })}
            onChange={event => setSearch(event.target.value)}
          />
        )}
      </header>
      <ScrollTable label={title}>
        <thead>
          <tr>
            <th scope="col">{t('statistics.connection')}</th>
            <CountHeads />
          </tr>
        </thead>
        <tbody>
          {found.slice(0, count).map(one => (
            <tr key={one.connectionId}>
              <th scope="row">
                <MessengerDot type={one.messenger} />
                <button
                  type="button"
                  className="link"
                  title={t('statistics.show_days')}
                  onClick={() => onShow(one.connectionId)}
                >
                  {one.name}
                </button>
              </th>
              <CountCells counts={one.counts} times={one.times} />
            </tr>
          ))}
        </tbody>
      </ScrollTable>
      {found.length > count && (
        <button type="button" className="button" onClick={() => setCount(count + MORE)}>
          {t('statistics.more', { count: found.length - count })}
        </button>
      )}
    </div>
  )
}

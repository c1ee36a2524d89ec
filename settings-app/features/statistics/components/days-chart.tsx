import { useQuery } from '@tanstack/react-query'
import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleBand, scaleLinear, scaleOrdinal } from '@visx/scale'
import { BarStack } from '@visx/shape'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { sumOfCounts } from '../../../../contracts/attempt-counts.ts'
import type { DayCounts, Statistics } from '../../../../contracts/statistics.ts'
import { connectionDaysQuery } from '../../../api/get-statistics.ts'
import { ScrollTable } from '../../../components/scroll-table.tsx'
import { formatDay, formatNumber } from '../../../lib/format.ts'
import { RESULTS } from './results.ts'

const HEIGHT_PX = 240
const MARGIN = { top: 8, right: 4, bottom: 28, left: 44 }

/** Attempts by day, stacked by what they came to; the same as a table for those who prefer to read. */
export function DaysChart(props: {
  statistics: Statistics
  /** A messenger's type, `connection:` and an id, or nothing for all. */
  shown: string
  days: number
  onShow: (shown: string) => void
}) {
  const { statistics, shown, days, onShow } = props
  const { t } = useTranslation()
  const [isTable, setIsTable] = useState(false)
  const connectionId = Number(/^connection:(\d+)$/u.exec(shown)?.[1] ?? 0)
  const connection = useQuery({
    ...connectionDaysQuery(connectionId, days),
    enabled: connectionId > 0,
  })
  const name = statistics.connections.find(one => one.connectionId === connectionId)?.name
  const rows = connectionId > 0 ? (connection.data?.days ?? []) : daysOf(statistics, shown)
  return (
    <div className="panel">
      <header className="panel-head">
        <h2>{t('statistics.by_day')}</h2>
        <label className="field-inline">
          <span className="visually-hidden">{t('statistics.shown')}</span>
          <select className="input" value={shown} onChange={event => onShow(event.target.value)}>
            <option value="">{t('statistics.all_messengers')}</option>
            {statistics.messengers
              .filter(one => one.counts.attempts > 0)
              .map(one => (
                <option key={one.messenger} value={one.messenger}>
                  {one.name}
                </option>
              ))}
            {name !== undefined && <option value={shown}>{name}</option>}
          </select>
        </label>
        <button
          type="button"
          className="button"
          aria-pressed={isTable}
          onClick={() => setIsTable(!isTable)}
        >
          {t(isTable ? 'statistics.as_chart' : 'statistics.as_table')}
        </button>
      </header>
      <ul className="legend" aria-label={t('statistics.legend')}>
        {RESULTS.map(({ name: result, colour }) => (
          <li key={result}>
            <span style={{ background: colour }} aria-hidden="true" />
            {t(`statistics.${result}`)}
          </li>
        ))}
      </ul>
      {isTable ? <DaysTable rows={rows} /> : <Bars rows={rows} />}
    </div>
  )
}

function daysOf({ messengers }: Statistics, shown: string): DayCounts[] {
  const wanted = messengers.filter(one => shown === '' || one.messenger === shown)
  const [first] = wanted
  return (first?.days ?? []).map(({ day }, index) => ({
    day,
    counts: sumOfCounts(wanted.flatMap(one => one.days[index]?.counts ?? [])),
  }))
}

function Bars({ rows }: { rows: readonly DayCounts[] }) {
  const { t, i18n } = useTranslation()
  const { language } = i18n
  const { ref, width } = useWidth()
  const data = rows.map(({ day, counts }) => ({ day, ...counts }))
  const keys = RESULTS.map(result => result.name)
  const inner = Math.max(0, width - MARGIN.left - MARGIN.right)
  const most = Math.max(...data.map(row => keys.reduce((sum, key) => sum + row[key], 0)), 4)
  const x = scaleBand({ domain: data.map(row => row.day), range: [0, inner], padding: 0.25 })
  const y = scaleLinear({
    domain: [0, most],
    range: [HEIGHT_PX - MARGIN.top - MARGIN.bottom, 0],
    nice: true,
  })
  const colour = scaleOrdinal({ domain: keys, range: RESULTS.map(result => result.colour) })
  const every = Math.max(1, Math.ceil(data.length / Math.max(2, Math.floor(inner / 70))))
  const label = { fill: 'var(--c-mute)', fontSize: 12, fontFamily: 'inherit' }
  return (
    <div ref={ref} className="chart">
      {width > 0 && (
        <svg width={width} height={HEIGHT_PX} role="img" aria-label={t('statistics.chart_label')}>
          <g transform={`translate(${MARGIN.left}, ${MARGIN.top})`}>
            <AxisLeft
              scale={y}
              numTicks={4}
              hideAxisLine
              hideTicks
              tickFormat={value => formatNumber(Number(value), language)}
              tickLabelProps={{ ...label, textAnchor: 'end', dx: -4, dy: 4 }}
            />
            {y.ticks(4).map(tick => (
              <line
                key={tick}
                x2={inner}
                y1={y(tick)}
                y2={y(tick)}
                stroke="var(--c-line)"
                strokeDasharray={tick === 0 ? undefined : '2 3'}
              />
            ))}
            <BarStack
              data={data}
              keys={keys}
              x={row => row.day}
              xScale={x}
              yScale={y}
              color={colour}
            >
              {stacks =>
                stacks.flatMap(stack =>
                  stack.bars.map(bar => (
                    <rect
                      key={`${stack.key}-${bar.index}`}
                      x={bar.x}
                      y={bar.y}
                      width={bar.width}
                      height={Math.max(0, bar.height)}
                      fill={bar.color}
                    >
                      <title>
                        {`${formatDay(bar.bar.data.day, language)}: ${t(`statistics.${bar.key}`)} ${bar.bar.data[bar.key]}`}
                      </title>
                    </rect>
                  )),
                )
              }
            </BarStack>
            <AxisBottom
              top={HEIGHT_PX - MARGIN.top - MARGIN.bottom}
              scale={x}
              tickValues={data.filter((_, index) => index % every === 0).map(row => row.day)}
              tickFormat={day => formatDay(day, language)}
              stroke="var(--c-line-strong)"
              hideTicks
              tickLabelProps={{ ...label, textAnchor: 'middle' }}
            />
          </g>
        </svg>
      )}
    </div>
  )
}

function DaysTable({ rows }: { rows: readonly DayCounts[] }) {
  const { t, i18n } = useTranslation()
  const { language } = i18n
  const columns = ['attempts', ...RESULTS.map(result => result.name), 'late'] as const
  return (
    <ScrollTable label={t('statistics.by_day')}>
      <thead>
        <tr>
          <th scope="col">{t('statistics.day')}</th>
          {columns.map(column => (
            <th scope="col" key={column}>
              {t(`statistics.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.toReversed().map(({ day, counts }) => (
          <tr key={day}>
            <th scope="row">{formatDay(day, language)}</th>
            {columns.map(column => (
              <td key={column}>{formatNumber(counts[column], language)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  )
}

function useWidth() {
  const ref = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const node = ref.current
    if (!node) return undefined
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0))
    observer.observe(node)
    return () => observer.disconnect()
  }, [])
  return { ref, width }
}

import { useTranslation } from 'react-i18next'
import type { AttemptCounts, DeliveryTimes } from '../../../../contracts/statistics.ts'
import { formatDuration, formatNumber, formatShare } from '../../../lib/format.ts'

const COUNTS = ['attempts', 'delivered', 'fellThrough', 'failed', 'unknown', 'late'] as const
const TIMES = ['p50', 'p90', 'p99'] as const

/** The columns that messengers and connections share: what attempts came to, and how long they took. */
export function CountHeads() {
  const { t } = useTranslation()
  return (
    <>
      {COUNTS.map(name => (
        <th scope="col" key={name}>
          {t(`statistics.${name}`)}
        </th>
      ))}
      {TIMES.map(name => (
        <th scope="col" key={name}>
          {name}
        </th>
      ))}
    </>
  )
}

export function CountCells(props: { counts: AttemptCounts; times: DeliveryTimes | null }) {
  const { counts, times } = props
  const { i18n } = useTranslation()
  const { language } = i18n
  return (
    <>
      {COUNTS.map(name => (
        <td key={name}>
          {formatNumber(counts[name], language)}
          {name === 'delivered' && (
            <span className="mute">
              {' '}
              {formatShare(counts.delivered, counts.attempts, language)}
            </span>
          )}
        </td>
      ))}
      {TIMES.map(name => (
        <td key={name}>{times ? formatDuration(times[`${name}Ms`], language) : '–'}</td>
      ))}
    </>
  )
}

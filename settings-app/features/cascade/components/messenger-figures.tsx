import { useTranslation } from 'react-i18next'
import type { MessengerStatistics } from '../../../../contracts/statistics.ts'
import { formatDuration, formatShare } from '../../../lib/format.ts'

/** A messenger's last week at a glance: what share was delivered, how fast, and day by day. */
export function MessengerFigures({ statistics }: { statistics: MessengerStatistics | undefined }) {
  const { t, i18n } = useTranslation()
  const { language } = i18n
  if (!statistics || statistics.counts.attempts === 0) {
    return (
      <div className="figures">
        <span className="mute">{t('cascade.no_figures')}</span>
      </div>
    )
  }
  const { counts, times, days } = statistics
  const most = Math.max(...days.map(day => day.counts.delivered), 1)
  const share = formatShare(counts.delivered, counts.attempts, language)
  return (
    <div
      className="figures"
      title={t('cascade.figures_title', {
        delivered: counts.delivered,
        attempts: counts.attempts,
      })}
    >
      <svg className="spark" viewBox={`0 0 ${days.length * 10} 30`} aria-hidden="true">
        {days.map(({ day, counts: { delivered } }, index) => {
          const height = delivered === 0 ? 1.5 : 3 + (delivered / most) * 27
          return (
            <rect key={day} x={index * 10} y={30 - height} width="8" height={height} rx="1.5" />
          )
        })}
      </svg>
      <span className="share">
        <b>{share}</b>
        <span className="mute">
          {times
            ? t('cascade.median', { time: formatDuration(times.p50Ms, language) })
            : t('cascade.delivered_share')}
        </span>
      </span>
    </div>
  )
}

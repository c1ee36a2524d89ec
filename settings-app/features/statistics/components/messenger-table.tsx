import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { MessengerStatistics } from '../../../../contracts/statistics.ts'
import { cascadeQuery } from '../../../api/get-cascade.ts'
import { MessengerDot } from '../../../components/messenger-dot.tsx'
import { ScrollTable } from '../../../components/scroll-table.tsx'
import { formatSeconds } from '../../../lib/format.ts'
import { useTakeWait } from '../api/take-wait.ts'
import { CountCells, CountHeads } from './count-cells.tsx'

/** Each messenger's results and times, and the wait that they suggest. */
export function MessengerTable({ messengers }: { messengers: readonly MessengerStatistics[] }) {
  const { t } = useTranslation()
  const used = messengers.filter(one => one.counts.attempts > 0)
  const title = t('statistics.by_messenger')
  return (
    <div className="panel">
      <h2>{title}</h2>
      <ScrollTable label={title}>
        <thead>
          <tr>
            <th scope="col">{t('statistics.messenger')}</th>
            <CountHeads />
            <th scope="col">{t('statistics.wait')}</th>
          </tr>
        </thead>
        <tbody>
          {used.map(one => (
            <tr key={one.messenger}>
              <th scope="row">
                <MessengerDot type={one.messenger} />
                {one.name}
              </th>
              <CountCells counts={one.counts} times={one.times} />
              <td>
                <Wait statistics={one} />
              </td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
      <p className="mute">{t('statistics.explained')}</p>
    </div>
  )
}

/** The wait as it is, and the one that was measured to be enough, with one click to take it. */
function Wait({ statistics }: { statistics: MessengerStatistics }) {
  const { t, i18n } = useTranslation()
  const { language } = i18n
  const { messenger, waitSeconds, suggestedWaitSeconds } = statistics
  const canEdit = useQuery(cascadeQuery).data?.canEdit === true
  const take = useTakeWait()
  if (waitSeconds === null) return '–'
  return (
    <>
      {formatSeconds(waitSeconds, language)}{' '}
      {suggestedWaitSeconds !== null && canEdit && (
        <button
          type="button"
          className="link"
          aria-disabled={take.isPending}
          title={t('cascade.suggestion', { wait: formatSeconds(suggestedWaitSeconds, language) })}
          onClick={() =>
            !take.isPending && take.mutate({ messenger, waitSeconds: suggestedWaitSeconds })
          }
        >
          {t('cascade.take_suggestion', { wait: formatSeconds(suggestedWaitSeconds, language) })}
        </button>
      )}
      {take.isError && (
        <span className="field-error" role="alert">
          {t('errors.save')}
        </span>
      )}
    </>
  )
}

import { useTranslation } from 'react-i18next'
import type { RunListItem } from '../../../../contracts/activity.ts'
import { messengerFacts } from '../../../../contracts/messengers.ts'

/** What became of a run, in words and colour. */
export function Outcome({ outcome }: { outcome: RunListItem['outcome'] }) {
  const { t } = useTranslation()
  switch (outcome.kind) {
    case 'open':
      return <span className="pill live">{t('activity.outcome_open')}</span>
    case 'delivered':
      return (
        <span className="pill ok">
          {t('activity.delivered_by', { messenger: messengerFacts(outcome.messenger).name })}
        </span>
      )
    case 'not_delivered':
      return <span className="pill bad">{t('activity.outcome_not_delivered')}</span>
    default:
      return outcome satisfies never
  }
}

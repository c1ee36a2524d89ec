import { useTranslation } from 'react-i18next'
import type { CascadeDifference, MessengerView } from '../../../../contracts/cascade.ts'
import { formatSeconds } from '../../../lib/format.ts'

const NAMED_AT_MOST = 3

/** What was changed, in words. */
export function DifferenceList(props: {
  differences: readonly CascadeDifference[]
  messengers: readonly MessengerView[]
}) {
  const { differences, messengers } = props
  const textOf = useDifferenceText(messengers)
  return (
    <ul className="differences">
      {differences.map(difference => (
        <li key={JSON.stringify(difference)}>{textOf(difference)}</li>
      ))}
    </ul>
  )
}

function useDifferenceText(messengers: readonly MessengerView[]) {
  const { t, i18n } = useTranslation()
  return (difference: CascadeDifference): string => {
    const messenger = messengers.find(one => one.type === difference.messenger)
    const name = messenger?.name ?? difference.messenger
    switch (difference.kind) {
      case 'moved':
        return t('difference.moved', { messenger: name, from: difference.from, to: difference.to })
      case 'switched':
        return t(difference.isOn ? 'difference.on' : 'difference.off', { messenger: name })
      case 'wait':
        return t('difference.wait', {
          messenger: name,
          from: formatSeconds(difference.from, i18n.language),
          to: formatSeconds(difference.to, i18n.language),
        })
      case 'success':
        return t('difference.success', {
          messenger: name,
          from: t(`cascade.success_${difference.from}`),
          to: t(`cascade.success_${difference.to}`),
        })
      case 'connections': {
        const { connectionIds, isTicked } = difference
        const names = connectionIds
          .slice(0, NAMED_AT_MOST)
          .map(id => messenger?.connections.find(one => one.connectionId === id)?.name ?? `#${id}`)
        const rest = connectionIds.length - names.length
        const more = rest > 0 ? [t('difference.more', { count: rest })] : []
        return t(isTicked ? 'difference.ticked' : 'difference.unticked', {
          messenger: name,
          connections: [...names, ...more].join(', '),
        })
      }
      default:
        return difference satisfies never
    }
  }
}

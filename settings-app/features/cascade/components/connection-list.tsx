import { useTranslation } from 'react-i18next'
import type { ConnectionView, MessengerView } from '../../../../contracts/cascade.ts'
import { formatTime } from '../../../lib/format.ts'

/** A messenger's connections: which take part, how they are, whose turn it is. */
export function ConnectionList(props: {
  messenger: MessengerView
  canEdit: boolean
  onTick: (connectionId: number, isTicked: boolean) => void
}) {
  const { messenger, canEdit, onTick } = props
  const { t } = useTranslation()
  return (
    <ul className="connections">
      {messenger.connections.map(connection => (
        <li key={connection.connectionId}>
          <label>
            <input
              type="checkbox"
              checked={connection.ticked}
              disabled={!canEdit}
              onChange={event => onTick(connection.connectionId, event.target.checked)}
            />
            <span>
              {connection.name}
              {connection.isNew && <span className="pill new">{t('cascade.new')}</span>}
            </span>
          </label>
          <StatePill connection={connection} />
          <span className="next">{connection.isNext && messenger.isOn && t('cascade.next')}</span>
        </li>
      ))}
    </ul>
  )
}

function StatePill({ connection }: { connection: ConnectionView }) {
  const { t, i18n } = useTranslation()
  const { state, restingUntil } = connection
  if (state === 'in_subscription' && restingUntil !== null) {
    const time = formatTime(restingUntil, i18n.language)
    return <span className="pill warn">{t('cascade.resting', { time })}</span>
  }
  const kind = state === 'in_subscription' ? 'ok' : state === 'logged_out' ? 'warn' : 'bad'
  return <span className={`pill ${kind}`}>{t(`cascade.state_${state}`)}</span>
}

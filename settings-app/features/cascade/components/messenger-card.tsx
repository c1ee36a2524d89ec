import { Suspense, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { MessengerView } from '../../../../contracts/cascade.ts'
import type { Statistics } from '../../../../contracts/statistics.ts'
import { Guard } from '../../../components/guard.tsx'
import { MessengerDot } from '../../../components/messenger-dot.tsx'
import { Switch } from '../../../components/switch.tsx'
import { formatSeconds } from '../../../lib/format.ts'
import { lazyLater } from '../../../lib/lazy-later.ts'
import { ConnectionList, MANY } from './connection-list.tsx'
import { MessengerFigures } from './messenger-figures.tsx'
import { WaitField } from './wait-field.tsx'

/** The menu's library is large, and nobody opens it in the first moment. */
const MoveMenu = lazyLater(() => import('./move-menu.tsx'))

const SUCCESSES = [
  'delivered',
  'read',
  'accepted',
] as const satisfies readonly MessengerView['success'][]

/** One messenger: its place, figures, wait, switch and connections. */
export function MessengerCard(props: {
  messenger: MessengerView
  index: number
  count: number
  canEdit: boolean
  waitMinSeconds: number
  isLastOn: boolean
  statistics: Statistics | undefined
  handle: (node: Element | null) => void
  onChange: (messenger: MessengerView) => void
  onMove: (position: number) => void
}) {
  const { messenger, index, count, canEdit, isLastOn, statistics, handle, onChange, onMove } = props
  const { t, i18n } = useTranslation()
  const id = useId()
  const [isOpen, setIsOpen] = useState(index === 0 && messenger.connections.length <= MANY)
  const [isWarned, setIsWarned] = useState(false)
  const figures = statistics?.messengers.find(one => one.messenger === messenger.type)
  const suggested = figures?.suggestedWaitSeconds ?? null

  function switchTo(isOn: boolean) {
    if (!isOn && isLastOn && !isWarned) return setIsWarned(true)
    setIsWarned(false)
    onChange({ ...messenger, isOn, isNew: false })
  }

  return (
    <section
      className={messenger.isOn ? 'messenger' : 'messenger off'}
      aria-labelledby={`${id}-name`}
    >
      <div className="messenger-row">
        <button
          type="button"
          className="handle"
          ref={handle}
          disabled={!canEdit}
          aria-label={t('cascade.reorder', {
            messenger: messenger.name,
            position: index + 1,
            count,
          })}
        >
          <span aria-hidden="true">⠿</span>
        </button>
        <span className="place" aria-hidden="true">
          {index + 1}
        </span>
        <div className="messenger-name">
          <h2 id={`${id}-name`}>
            <MessengerDot type={messenger.type} />
            {messenger.name}
            {messenger.isNew && <span className="pill new">{t('cascade.new')}</span>}
          </h2>
          <button
            type="button"
            className="link mute"
            aria-expanded={isOpen}
            aria-controls={`${id}-connections`}
            onClick={() => setIsOpen(!isOpen)}
          >
            <Summary messenger={messenger} /> <span aria-hidden="true">{isOpen ? '▴' : '▾'}</span>
          </button>
        </div>
        <MessengerFigures statistics={figures} />
        <div className="rule">
          <WaitField
            label={t('cascade.wait_of', { messenger: messenger.name })}
            seconds={messenger.waitSeconds}
            minSeconds={props.waitMinSeconds}
            isDisabled={!canEdit}
            onChange={waitSeconds => onChange({ ...messenger, waitSeconds })}
          />
          <label className="success">
            <span className="visually-hidden">
              {t('cascade.success_of', { messenger: messenger.name })}
            </span>
            <select
              value={messenger.success}
              disabled={!canEdit}
              onChange={event => {
                const success = SUCCESSES.find(one => one === event.target.value)
                if (success) onChange({ ...messenger, success })
              }}
            >
              {SUCCESSES.map(success => (
                <option key={success} value={success}>
                  {t(`cascade.success_${success}`)}
                </option>
              ))}
            </select>
          </label>
        </div>
        <Switch
          isOn={messenger.isOn}
          isDisabled={!canEdit}
          label={t('cascade.use', { messenger: messenger.name })}
          onChange={switchTo}
        />
        <Suspense fallback={<span className="more" />}>
          <MoveMenu
            messenger={messenger}
            index={index}
            count={count}
            isDisabled={!canEdit}
            onMove={onMove}
          />
        </Suspense>
      </div>
      {isWarned && (
        <Guard
          text={t('cascade.last_messenger')}
          confirm={t('cascade.switch_off_anyway')}
          keep={t('cascade.keep_on')}
          onConfirm={() => switchTo(false)}
          onKeep={() => setIsWarned(false)}
        />
      )}
      {canEdit && messenger.isOn && suggested !== null && (
        <p className="notice hint">
          {t('cascade.suggestion', { wait: formatSeconds(suggested, i18n.language) })}{' '}
          <button
            type="button"
            className="link"
            onClick={() => onChange({ ...messenger, waitSeconds: suggested })}
          >
            {t('cascade.take_suggestion', { wait: formatSeconds(suggested, i18n.language) })}
          </button>
        </p>
      )}
      {!messenger.canWriteFirst && <p className="notice hint">{t('cascade.cannot_write_first')}</p>}
      {isOpen && (
        <div id={`${id}-connections`}>
          <ConnectionList
            messenger={messenger}
            canEdit={canEdit}
            statistics={statistics}
            onChange={connections => onChange({ ...messenger, connections })}
          />
        </div>
      )}
    </section>
  )
}

function Summary({ messenger }: { messenger: MessengerView }) {
  const { t } = useTranslation()
  const total = messenger.connections.length
  const ticked = messenger.connections.filter(connection => connection.ticked).length
  if (!messenger.isOn) return t('cascade.switched_off')
  if (total === 1 && ticked === 1) return t('cascade.single_connection')
  return t('cascade.take_turns', { count: ticked, total })
}

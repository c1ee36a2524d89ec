import { Menu } from '@base-ui/react/menu'
import { Switch } from '@base-ui/react/switch'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { MessengerView } from '../../../../contracts/cascade.ts'
import { ConnectionList } from './connection-list.tsx'
import { WaitField } from './wait-field.tsx'

const COLOURS: Readonly<Record<string, string>> = {
  whatsapp: '#25b863',
  waba: '#128c7e',
  telegram_personal: '#2aa4e6',
  telegram_bot: '#2aa4e6',
  max_personal: '#7a5cff',
}
const SUCCESSES = [
  'delivered',
  'read',
  'accepted',
] as const satisfies readonly MessengerView['success'][]

/** One messenger: its place, switch, wait and connections. */
export function MessengerCard(props: {
  messenger: MessengerView
  index: number
  count: number
  canEdit: boolean
  isLastOn: boolean
  handle: (node: Element | null) => void
  onChange: (messenger: MessengerView) => void
  onMove: (position: number) => void
}) {
  const { messenger, index, count, canEdit, isLastOn, handle, onChange, onMove } = props
  const { t } = useTranslation()
  const id = useId()
  const [isOpen, setIsOpen] = useState(index === 0)
  const [isWarned, setIsWarned] = useState(false)
  const ticked = messenger.connections.filter(connection => connection.ticked).length

  const total = messenger.connections.length
  const turns =
    total === 1 && ticked === 1
      ? t('cascade.single_connection')
      : t('cascade.take_turns', { count: ticked, total })
  const summary = messenger.isOn ? turns : t('cascade.switched_off')

  function switchTo(isOn: boolean) {
    if (!isOn && isLastOn && !isWarned) return setIsWarned(true)
    setIsWarned(false)
    onChange({ ...messenger, isOn, isNew: false })
  }

  const moves = [
    { label: t('cascade.move_up'), to: index - 1, isPossible: index > 0 },
    { label: t('cascade.move_down'), to: index + 1, isPossible: index < count - 1 },
    { label: t('cascade.move_top'), to: 0, isPossible: index > 0 },
    { label: t('cascade.move_bottom'), to: count - 1, isPossible: index < count - 1 },
  ]
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
            <span className="dot" style={{ background: COLOURS[messenger.type] ?? '#8a97a3' }} />
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
            {summary} <span aria-hidden="true">{isOpen ? '▴' : '▾'}</span>
          </button>
        </div>
        <WaitField
          label={t('cascade.wait_of', { messenger: messenger.name })}
          seconds={messenger.waitSeconds}
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
        <Switch.Root
          className="switch"
          checked={messenger.isOn}
          disabled={!canEdit}
          onCheckedChange={switchTo}
          aria-label={t('cascade.use', { messenger: messenger.name })}
        >
          <Switch.Thumb className="switch-thumb" />
        </Switch.Root>
        <Menu.Root>
          <Menu.Trigger
            id={`move-${messenger.type}`}
            className="more"
            disabled={!canEdit}
            aria-label={t('cascade.move', { messenger: messenger.name })}
          >
            <span aria-hidden="true">⋮</span>
          </Menu.Trigger>
          <Menu.Portal>
            <Menu.Positioner sideOffset={4} align="end">
              <Menu.Popup className="menu">
                {moves.map(({ label, to, isPossible }) => (
                  <Menu.Item
                    key={label}
                    className="menu-item"
                    disabled={!isPossible}
                    onClick={() => onMove(to)}
                  >
                    {label}
                  </Menu.Item>
                ))}
              </Menu.Popup>
            </Menu.Positioner>
          </Menu.Portal>
        </Menu.Root>
      </div>
      {isWarned && (
        <div className="notice warn guard" role="alert">
          {t('cascade.last_messenger')}{' '}
          <button type="button" className="button" onClick={() => switchTo(false)}>
            {t('cascade.switch_off_anyway')}
          </button>
          <button type="button" className="button" onClick={() => setIsWarned(false)}>
            {t('cascade.keep_on')}
          </button>
        </div>
      )}
      {!messenger.canWriteFirst && <p className="notice hint">{t('cascade.cannot_write_first')}</p>}
      {isOpen && (
        <div id={`${id}-connections`}>
          <ConnectionList
            messenger={messenger}
            canEdit={canEdit}
            onTick={(connectionId, isTicked) =>
              onChange({
                ...messenger,
                connections: messenger.connections.map(connection =>
                  connection.connectionId === connectionId
                    ? { ...connection, ticked: isTicked, isNew: false }
                    : connection,
                ),
              })
            }
          />
        </div>
      )}
    </section>
  )
}

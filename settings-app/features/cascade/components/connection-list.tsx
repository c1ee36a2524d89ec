import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ConnectionView, MessengerView } from '../../../../contracts/cascade.ts'
import type { Statistics } from '../../../../contracts/statistics.ts'
import { Guard } from '../../../components/guard.tsx'
import { formatNumber, formatTime } from '../../../lib/format.ts'

/** From so many on they are searched, and only those in sight are drawn. */
export const MANY = 12
const ROW_HEIGHT_PX = 47

/** A messenger's connections: which take part, how they are, whose turn it is. */
export function ConnectionList(props: {
  messenger: MessengerView
  canEdit: boolean
  statistics: Statistics | undefined
  onChange: (connections: ConnectionView[]) => void
}) {
  const { messenger, canEdit, statistics, onChange } = props
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  /** Ticks that would leave none, until they are confirmed. */
  const [held, setHeld] = useState<ConnectionView[] | null>(null)
  const { connections } = messenger
  const isMany = connections.length > MANY
  const wanted = search.trim().toLowerCase()
  const shown = wanted
    ? connections.filter(one => one.name.toLowerCase().includes(wanted))
    : connections

  function tick(ids: ReadonlySet<number>, isTicked: boolean) {
    const changed = connections.map(one =>
      ids.has(one.connectionId) ? { ...one, ticked: isTicked, isNew: false } : one,
    )
    const isLast = messenger.isOn && !changed.some(one => one.ticked)
    if (isLast) return setHeld(changed)
    setHeld(null)
    onChange(changed)
  }

  if (connections.length === 0)
    return <p className="connections mute">{t('cascade.no_connections')}</p>
  const rows = { messenger, canEdit, statistics, connections: shown, onTick: tick }
  return (
    <div className="connections">
      {isMany && (
        <div className="connections-tools">
          <input
            type="search"
            className="input"
            value={search}
            placeholder={t('cascade.search_connections', { count: connections.length })}
            aria-label={t('cascade.search_connections', { count: connections.length })}
            onChange={event => setSearch(event.target.value)}
          />
          <SelectAll connections={shown} isDisabled={!canEdit} onTick={tick} />
        </div>
      )}
      {held && (
        <Guard
          text={t('cascade.last_connection', { messenger: messenger.name })}
          confirm={t('cascade.untick_anyway')}
          keep={t('cascade.keep_ticked')}
          onConfirm={() => {
            setHeld(null)
            onChange(held)
          }}
          onKeep={() => setHeld(null)}
        />
      )}
      {shown.length === 0 && <p className="mute">{t('cascade.none_found')}</p>}
      {isMany ? (
        <ManyRows {...rows} />
      ) : (
        <ul>
          {shown.map(connection => (
            <li key={connection.connectionId}>
              <Row {...rows} connection={connection} />
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

type Rows = {
  messenger: MessengerView
  canEdit: boolean
  statistics: Statistics | undefined
  connections: readonly ConnectionView[]
  onTick: (ids: ReadonlySet<number>, isTicked: boolean) => void
}

function ManyRows(rows: Rows) {
  const { connections } = rows
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: connections.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: 6,
  })
  return (
    <div ref={scroller} className="many" tabIndex={-1}>
      <ul style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start, key }) => {
          const connection = connections[index]
          return (
            connection && (
              <li
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                aria-setsize={connections.length}
                aria-posinset={index + 1}
                style={{ transform: `translateY(${start}px)` }}
              >
                <Row {...rows} connection={connection} />
              </li>
            )
          )
        })}
      </ul>
    </div>
  )
}

function Row({
  messenger,
  canEdit,
  statistics,
  connection,
  onTick,
}: Rows & { connection: ConnectionView }) {
  const { t, i18n } = useTranslation()
  const { connectionId, name, ticked, isNew, isNext, state } = connection
  const used = statistics?.connections.find(one => one.connectionId === connectionId)
  const sent = used?.counts.attempts ?? 0
  return (
    <>
      <label>
        <input
          type="checkbox"
          checked={ticked}
          disabled={!canEdit}
          onChange={event => onTick(new Set([connectionId]), event.target.checked)}
        />
        <span>
          {name}
          {isNew && <span className="pill new">{t('cascade.new')}</span>}
        </span>
      </label>
      <StatePill connection={connection} />
      <span className="use">
        {isNext && messenger.isOn ? (
          <b className="next">{t('cascade.next')}</b>
        ) : state !== 'in_subscription' ? (
          t('cascade.will_not_send')
        ) : (
          sent > 0 &&
          t('cascade.sent_this_week', { count: sent, sent: formatNumber(sent, i18n.language) })
        )}
      </span>
    </>
  )
}

function SelectAll(props: {
  connections: readonly ConnectionView[]
  isDisabled: boolean
  onTick: Rows['onTick']
}) {
  const { connections, isDisabled, onTick } = props
  const { t } = useTranslation()
  const ticked = connections.filter(one => one.ticked).length
  const isAll = connections.length > 0 && ticked === connections.length
  return (
    <label className="select-all">
      <input
        type="checkbox"
        checked={isAll}
        disabled={isDisabled || connections.length === 0}
        ref={node => {
          if (node) node.indeterminate = ticked > 0 && !isAll
        }}
        onChange={event =>
          onTick(new Set(connections.map(one => one.connectionId)), event.target.checked)
        }
      />
      {t('cascade.select_all', { count: connections.length })}
    </label>
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

import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { MessengerView } from '../../../../contracts/cascade.ts'
import { SortableList } from '../../../components/sortable-list.tsx'
import { cascadeQuery } from '../api/get-cascade.ts'
import { useSaveCascade } from '../api/save-cascade.ts'
import { CascadeSentence } from './cascade-sentence.tsx'
import { MessengerCard } from './messenger-card.tsx'

/** The cascade: which messengers, in which order, with which connections. */
export function CascadePage() {
  const { t } = useTranslation()
  const cascade = useQuery(cascadeQuery)
  const { change, undo, canUndo, state, errorCode } = useSaveCascade()
  const [announcement, setAnnouncement] = useState('')
  const focusAfterMove = useRef<string | null>(null)

  const shown = cascade.data?.messengers
  const sortableTexts = useMemo(() => {
    const nameOf = (id: string) => shown?.find(one => one.type === id)?.name ?? id
    return {
      help: t('cascade.reorder_help'),
      moved: (id: string, position: number) =>
        t('cascade.moved', { messenger: nameOf(id), position: position + 1, count: shown?.length }),
      cancelled: (id: string) => t('cascade.reorder_cancelled', { messenger: nameOf(id) }),
    }
  }, [shown, t])

  // The focus stays on the messenger that was moved.
  useEffect(() => {
    if (focusAfterMove.current === null) return
    document.getElementById(`move-${focusAfterMove.current}`)?.focus()
    focusAfterMove.current = null
  })

  if (cascade.isPending) return <div className="skeleton" aria-busy="true" />
  if (cascade.isError) {
    return (
      <div className="notice bad" role="alert">
        {t('errors.unreachable')}{' '}
        <button type="button" className="link" onClick={() => void cascade.refetch()}>
          {t('errors.retry')}
        </button>
      </div>
    )
  }
  const { messengers, canEdit, syncedAt, webhooksLookDead } = cascade.data

  function announce(messenger: MessengerView, position: number) {
    setAnnouncement(
      t('cascade.moved', {
        messenger: messenger.name,
        position: position + 1,
        count: messengers.length,
      }),
    )
  }

  function moveTo(messenger: MessengerView, position: number) {
    const rest = messengers.filter(one => one.type !== messenger.type)
    focusAfterMove.current = messenger.type
    change(rest.toSpliced(position, 0, messenger))
    announce(messenger, position)
  }

  return (
    <>
      <header className="page-head">
        <h1>{t('cascade.title')}</h1>
        <span className="save-state" role="status">
          {state === 'pending' && t('cascade.saving')}
          {state === 'success' && `✓ ${t('cascade.saved')}`}
          {state === 'error' && (
            <span className="bad">
              {t(`errors.save_${errorCode ?? 'internal'}`, t('errors.save'))}
            </span>
          )}
          {canUndo && (
            <button type="button" className="link" onClick={undo}>
              {t('cascade.undo')}
            </button>
          )}
        </span>
      </header>
      {webhooksLookDead && <p className="notice warn">{t('cascade.webhooks_dead')}</p>}
      {!canEdit && <p className="notice">{t('cascade.read_only')}</p>}
      {messengers.length === 0 ? (
        <p className="empty">
          {t(syncedAt === null ? 'cascade.syncing' : 'cascade.no_messengers')}
        </p>
      ) : (
        <>
          <CascadeSentence messengers={messengers} />
          <SortableList
            items={messengers}
            idOf={messenger => messenger.type}
            isDisabled={!canEdit}
            texts={sortableTexts}
            onReorder={change}
            onDropped={announce}
            renderItem={(messenger, index, handle) => (
              <MessengerCard
                messenger={messenger}
                index={index}
                count={messengers.length}
                canEdit={canEdit}
                isLastOn={messenger.isOn && messengers.filter(one => one.isOn).length === 1}
                handle={handle}
                onChange={changed =>
                  change(messengers.map(one => (one.type === changed.type ? changed : one)))
                }
                onMove={position => moveTo(messenger, position)}
              />
            )}
          />
          <p className="page-end">{t('cascade.nobody')}</p>
        </>
      )}
      <div className="visually-hidden" aria-live="polite">
        {announcement}
      </div>
    </>
  )
}

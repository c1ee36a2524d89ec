import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Trans, useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { CascadeView, MessengerView } from '../../../../contracts/cascade.ts'
import { cascadeQuery } from '../../../api/get-cascade.ts'
import type { Statistics } from '../../../../contracts/statistics.ts'
import { FIGURES_DAYS, statisticsQuery } from '../../../api/get-statistics.ts'
import { Empty } from '../../../components/empty.tsx'
import { LoadError } from '../../../components/load-error.tsx'
import { PageSkeleton } from '../../../components/page-skeleton.tsx'
import { SortableList } from '../../../components/sortable-list.tsx'
import { formatNumber } from '../../../lib/format.ts'
import { useSaveCascade } from '../api/save-cascade.ts'
import { CascadeSentence } from './cascade-sentence.tsx'
import { ConflictDialog } from './conflict-dialog.tsx'
import { FirstSteps } from './first-steps.tsx'
import { HistoryDialog } from './history-dialog.tsx'
import { MessengerCard } from './messenger-card.tsx'
import { SaveState } from './save-state.tsx'
import './cascade.css'

/** The cascade: which messengers, in which order, with which connections. */
export function CascadePage() {
  const { t } = useTranslation()
  const cascade = useQuery(cascadeQuery)
  // Figures stand in the rows: without them nothing would stay in its place.
  const statistics = useQuery(statisticsQuery(FIGURES_DAYS))
  if (cascade.isPending || statistics.isPending) {
    return (
      <>
        <header className="page-head">
          <h1>{t('nav.cascade')}</h1>
        </header>
        <PageSkeleton />
      </>
    )
  }
  if (!cascade.data) {
    return <LoadError error={cascade.error} onRetry={() => void cascade.refetch()} />
  }
  return <Cascade view={cascade.data} statistics={statistics.data} />
}

function Cascade({ view, statistics }: { view: CascadeView; statistics: Statistics | undefined }) {
  const { t } = useTranslation()
  const saving = useSaveCascade()
  const { change, undo, canUndo } = saving
  const [announcement, setAnnouncement] = useState('')
  const focusAfterMove = useRef<string | null>(null)
  const { messengers, canEdit, syncedAt, webhooksLookDead } = view

  const sortableTexts = useMemo(() => {
    const nameOf = (id: string) => messengers.find(one => one.type === id)?.name ?? id
    return {
      help: t('cascade.reorder_help'),
      moved: (id: string, position: number) =>
        t('cascade.moved', {
          messenger: nameOf(id),
          position: position + 1,
          count: messengers.length,
        }),
      cancelled: (id: string) => t('cascade.reorder_cancelled', { messenger: nameOf(id) }),
    }
  }, [messengers, t])

  // The focus stays on the messenger that was moved.
  useEffect(() => {
    if (focusAfterMove.current === null) return
    document.getElementById(`move-${focusAfterMove.current}`)?.focus()
    focusAfterMove.current = null
  })

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === 'z'
      const isTyping = event.target instanceof HTMLElement && event.target.matches('input, select')
      if (!isUndo || isTyping || !canUndo) return
      event.preventDefault()
      undo()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [canUndo, undo])

  function moveTo(messenger: MessengerView, position: number) {
    const rest = messengers.filter(one => one.type !== messenger.type)
    focusAfterMove.current = messenger.type
    change(rest.toSpliced(position, 0, messenger))
    setAnnouncement(sortableTexts.moved(messenger.type, position))
  }

  return (
    <>
      <header className="page-head">
        <h1>{t('nav.cascade')}</h1>
        <SaveState saving={saving} />
        <HistoryDialog messengers={messengers} />
      </header>
      {webhooksLookDead && <p className="notice warn">{t('cascade.webhooks_dead')}</p>}
      {!canEdit && <p className="notice">{t('cascade.read_only')}</p>}
      <FirstSteps view={view} runs={statistics?.runs.total ?? null} />
      {messengers.length === 0 ? (
        <Empty
          title={t(syncedAt === null ? 'cascade.syncing' : 'cascade.no_messengers')}
          text={t(syncedAt === null ? 'cascade.syncing_text' : 'cascade.no_messengers_text')}
          action={
            canEdit && (
              <Link href="/connections" className="button">
                {t('nav.connections')}
              </Link>
            )
          }
        />
      ) : (
        <>
          <CascadeSentence messengers={messengers} />
          <SortableList
            items={messengers}
            idOf={messenger => messenger.type}
            isDisabled={!canEdit}
            texts={sortableTexts}
            onReorder={change}
            onDropped={(messenger, position) =>
              setAnnouncement(sortableTexts.moved(messenger.type, position))
            }
            renderItem={(messenger, index, handle) => (
              <MessengerCard
                messenger={messenger}
                index={index}
                count={messengers.length}
                canEdit={canEdit}
                waitMinSeconds={view.waitMinSeconds}
                isLastOn={messenger.isOn && messengers.filter(one => one.isOn).length === 1}
                statistics={statistics}
                handle={handle}
                onChange={changed =>
                  change(messengers.map(one => (one.type === changed.type ? changed : one)))
                }
                onMove={position => moveTo(messenger, position)}
              />
            )}
          />
          <p className="page-end">
            {t('cascade.nobody')}{' '}
            {statistics && statistics.runs.total > 0 && <NobodyReached runs={statistics.runs} />}
          </p>
        </>
      )}
      {saving.conflict && (
        <ConflictDialog conflict={saving.conflict} onChoose={choice => saving.settle(choice)} />
      )}
      <div className="visually-hidden" aria-live="polite">
        {announcement}
      </div>
    </>
  )
}

function NobodyReached({ runs }: { runs: { total: number; delivered: number } }) {
  const { i18n } = useTranslation()
  const { language } = i18n
  return (
    <Trans
      i18nKey="cascade.nobody_figures"
      components={{ b: <b /> }}
      values={{
        missed: formatNumber(runs.total - runs.delivered, language),
        total: formatNumber(runs.total, language),
      }}
    />
  )
}

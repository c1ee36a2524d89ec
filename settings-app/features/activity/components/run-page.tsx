import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'wouter'
import type { RunView } from '../../../../contracts/activity.ts'
import { useEraseContact } from '../../../api/erase-contact.ts'
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx'
import { Empty } from '../../../components/empty.tsx'
import { LoadError } from '../../../components/load-error.tsx'
import { MessageBubble } from '../../../components/message-bubble.tsx'
import { PageSkeleton } from '../../../components/page-skeleton.tsx'
import { Timeline } from '../../../components/timeline/timeline.tsx'
import { codeOf } from '../../../lib/client.ts'
import { formatDuration, formatMoment } from '../../../lib/format.ts'
import { useSession } from '../../session/use-session.ts'
import { runQuery } from '../../../api/get-run.ts'
import { useSendAgain } from '../api/send-again.ts'
import { Outcome } from './outcome.tsx'
import { useRunNames } from './run-names.ts'
import './activity.css'

/** One run: what was sent, to whom, and why it went where it went. */
export default function RunPage({ id }: { id: string }) {
  const { t } = useTranslation()
  const run = useQuery(runQuery(id))
  const code = run.error ? codeOf(run.error) : null
  return (
    <>
      <p className="back">
        <Link href="/activity">← {t('nav.activity')}</Link>
      </p>
      {run.isPending && <PageSkeleton />}
      {run.data && <Run run={run.data} />}
      {!run.data && (code === 'not_found' || code === 'invalid_request') && (
        <Empty isPage title={t('activity.no_run')} text={t('activity.no_run_text')} />
      )}
      {!run.data && code && code !== 'not_found' && code !== 'invalid_request' && (
        <LoadError error={run.error} onRetry={() => void run.refetch()} />
      )}
    </>
  )
}

function Run({ run }: { run: RunView }) {
  const { t, i18n } = useTranslation()
  const { language } = i18n
  const { kommoUrl } = useSession()
  const names = useRunNames()
  const { entity, outcome, createdAt, endedAt, contactId } = run
  const deal = names.deal(run)
  const took = endedAt === null ? null : Date.parse(endedAt) - Date.parse(createdAt)
  const isOpen = outcome.kind === 'open'
  return (
    <article className="run-page">
      <header>
        <h1 dir="auto">
          {names.contact(run)}
          {deal && ` · “${deal}”`}
        </h1>
        <p className="mute">
          <Outcome outcome={outcome} />{' '}
          {run.hasLateNews && <span className="pill warn">{t('activity.late')}</span>}{' '}
          {took !== null && t('activity.took', { time: formatDuration(took, language) })}
          {' · '}
          {names.origin(run)} · {formatMoment(createdAt, language)}
        </p>
        <p className="run-links">
          <a
            href={`${kommoUrl}/${entity.type}s/detail/${entity.id}`}
            target="_blank"
            rel="noreferrer"
          >
            {t(entity.type === 'lead' ? 'activity.open_deal' : 'activity.open_contact')} ↗
          </a>
          {entity.type === 'lead' && contactId !== null && (
            <a href={`${kommoUrl}/contacts/detail/${contactId}`} target="_blank" rel="noreferrer">
              {t('activity.open_contact')} ↗
            </a>
          )}
          {!isOpen && !run.isErased && <SendAgain run={run} />}
          {contactId !== null && !run.isErased && <Erase contactId={contactId} />}
        </p>
      </header>
      <div className="run-columns">
        <section aria-labelledby="run-timeline">
          <h2 id="run-timeline">{t('timeline.title')}</h2>
          <Timeline facts={run} isLive={isOpen} />
        </section>
        <section aria-labelledby="run-message">
          <h2 id="run-message">{t('message.title')}</h2>
          {run.isErased ? (
            <p className="notice">{t('message.erased')}</p>
          ) : run.parts.length === 0 ? (
            <p className="mute">{t('message.none')}</p>
          ) : (
            <MessageBubble parts={run.parts} />
          )}
          {run.warnings.length > 0 && (
            <p className="notice warn">
              {t('message.warnings', {
                count: run.warnings.length,
                masks: run.warnings.map(warning => warning.mask).join(', '),
              })}
            </p>
          )}
        </section>
      </div>
    </article>
  )
}

function SendAgain({ run }: { run: RunView }) {
  const { t } = useTranslation()
  const names = useRunNames()
  const [, navigate] = useLocation()
  const [isAsked, setIsAsked] = useState(false)
  const again = useSendAgain(runId => navigate(`/activity/${runId}`))
  return (
    <>
      <button type="button" className="button" onClick={() => setIsAsked(true)}>
        {t('activity.send_again')}
      </button>
      <ConfirmDialog
        title={t('activity.send_again')}
        isOpen={isAsked}
        confirm={t(again.isPending ? 'activity.sending' : 'activity.send_again_now')}
        action={again}
        onConfirm={() => again.mutate(run.id)}
        onClose={() => setIsAsked(false)}
      >
        <p>{t('activity.send_again_text', { contact: names.contact(run) })}</p>
      </ConfirmDialog>
    </>
  )
}

function Erase({ contactId }: { contactId: number }) {
  const { t } = useTranslation()
  const [isAsked, setIsAsked] = useState(false)
  const erase = useEraseContact(() => setIsAsked(false))
  return (
    <>
      <button type="button" className="link bad" onClick={() => setIsAsked(true)}>
        {t('erase.button')}
      </button>
      <ConfirmDialog
        title={t('erase.title')}
        isOpen={isAsked}
        confirm={t('erase.confirm')}
        isDanger
        action={erase}
        onConfirm={() => erase.mutate(contactId)}
        onClose={() => setIsAsked(false)}
      >
        <p>{t('erase.text')}</p>
      </ConfirmDialog>
    </>
  )
}

import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { Rehearsal } from '../../../../contracts/activity.ts'
import { runQuery } from '../../../api/get-run.ts'
import { LoadError } from '../../../components/load-error.tsx'
import { MessageBubble } from '../../../components/message-bubble.tsx'
import { PageSkeleton } from '../../../components/page-skeleton.tsx'
import { Timeline } from '../../../components/timeline/timeline.tsx'

/** Each decision that would be made, if everybody stayed silent. Nothing has left. */
export function RehearsalResult({ rehearsal }: { rehearsal: Rehearsal }) {
  const { t } = useTranslation()
  return (
    <>
      <h2>{t('test.rehearsal_title')}</h2>
      <p className="notice">{t('test.rehearsal_text')}</p>
      {rehearsal.parts.length > 0 && <MessageBubble parts={rehearsal.parts} />}
      <Timeline facts={rehearsal} isLive={false} />
    </>
  )
}

/** A test under way, as it happens. */
export function SendResult({ runId }: { runId: string }) {
  const { t } = useTranslation()
  const run = useQuery(runQuery(runId))
  return (
    <>
      <h2>{t('test.sent_title')}</h2>
      {run.isPending && <PageSkeleton />}
      {run.isError && <LoadError error={run.error} onRetry={() => void run.refetch()} />}
      {run.data && <Timeline facts={run.data} isLive={run.data.outcome.kind === 'open'} />}
      <p>
        <Link href={`/activity/${runId}`}>{t('test.open_run')}</Link>
      </p>
    </>
  )
}

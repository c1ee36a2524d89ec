import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { MessengerView } from '../../../../contracts/cascade.ts'
import { Dialog } from '../../../components/dialog.tsx'
import { LoadError } from '../../../components/load-error.tsx'
import { formatMoment } from '../../../lib/format.ts'
import { cascadeHistoryQuery } from '../api/get-history.ts'
import { DifferenceList } from './difference-list.tsx'

/** Who changed the cascade, when, and what. */
export function HistoryDialog({ messengers }: { messengers: readonly MessengerView[] }) {
  const { t } = useTranslation()
  const [isOpen, setIsOpen] = useState(false)
  return (
    <>
      <button type="button" className="link history-button" onClick={() => setIsOpen(true)}>
        {t('history.title')}
      </button>
      <Dialog title={t('history.title')} isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <History messengers={messengers} />
      </Dialog>
    </>
  )
}

function History({ messengers }: { messengers: readonly MessengerView[] }) {
  const { t, i18n } = useTranslation()
  const history = useQuery(cascadeHistoryQuery)
  if (history.isPending) return <p aria-busy="true">{t('history.loading')}</p>
  if (!history.data) {
    return <LoadError error={history.error} onRetry={() => void history.refetch()} />
  }
  const { changes } = history.data
  if (changes.length === 0) return <p>{t('history.empty')}</p>
  return (
    <ol className="history">
      {changes.map(({ at, userName, userId, version, differences }) => (
        <li key={version}>
          <b>{userName ?? t('history.user', { id: userId })}</b>{' '}
          <time dateTime={at}>{formatMoment(at, i18n.language)}</time>
          <DifferenceList differences={differences} messengers={messengers} />
        </li>
      ))}
    </ol>
  )
}

import { useTranslation } from 'react-i18next'
import { useQuery } from '@tanstack/react-query'
import { cascadeDifferences } from '../../../../contracts/cascade-difference.ts'
import { Dialog } from '../../../components/dialog.tsx'
import { formatAgo } from '../../../lib/format.ts'
import { cascadeHistoryQuery } from '../api/get-history.ts'
import type { Conflict } from '../api/save-cascade.ts'
import { DifferenceList } from './difference-list.tsx'

/** Another admin was faster: who, what is different, and whose version it shall be. */
export function ConflictDialog(props: {
  conflict: Conflict
  onChoose: (choice: 'mine' | 'theirs') => void
}) {
  const { conflict, onChoose } = props
  const { mine, theirs } = conflict
  const { t, i18n } = useTranslation()
  const last = useQuery(cascadeHistoryQuery).data?.changes[0]
  const toMine = cascadeDifferences(theirs.messengers, mine)
  return (
    <Dialog
      title={t('conflict.title')}
      isOpen
      onClose={() => onChoose('theirs')}
      actions={
        <>
          <button type="button" className="button" onClick={() => onChoose('theirs')}>
            {t('conflict.theirs')}
          </button>
          {toMine.length > 0 && (
            <button type="button" className="button primary" onClick={() => onChoose('mine')}>
              {t('conflict.mine')}
            </button>
          )}
        </>
      }
    >
      {last && (
        <>
          <p>
            {t('conflict.who', {
              user: last.userName ?? t('history.user', { id: last.userId }),
              ago: formatAgo(last.at, i18n.language),
            })}
          </p>
          <DifferenceList differences={last.differences} messengers={theirs.messengers} />
        </>
      )}
      <p>{t(toMine.length > 0 ? 'conflict.yours' : 'conflict.same')}</p>
      <DifferenceList differences={toMine} messengers={theirs.messengers} />
    </Dialog>
  )
}

import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { codeOf } from '../lib/client.ts'
import { Dialog } from './dialog.tsx'

/** Asks before something that cannot be undone, and says so when it did not work. */
export function ConfirmDialog(props: {
  title: string
  isOpen: boolean
  confirm: string
  isDanger?: boolean
  /** What was confirmed: whether it is under way, and what went wrong. */
  action: { isPending: boolean; error: Error | null }
  onConfirm: () => void
  onClose: () => void
  children: ReactNode
}) {
  const { title, isOpen, confirm, isDanger = false, action, onConfirm, onClose, children } = props
  const { t } = useTranslation()
  return (
    <Dialog
      title={title}
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <button type="button" className="button" onClick={onClose}>
            {t('dialog.cancel')}
          </button>
          <button
            type="button"
            className={isDanger ? 'button danger' : 'button primary'}
            aria-disabled={action.isPending}
            onClick={() => !action.isPending && onConfirm()}
          >
            {confirm}
          </button>
        </>
      }
    >
      {children}
      {action.error && (
        <p className="notice bad" role="alert">
          {t(`errors.code_${codeOf(action.error)}`, t('errors.code_internal'))}
        </p>
      )}
    </Dialog>
  )
}

import { useTranslation } from 'react-i18next'
import type { useSaveCascade } from '../api/save-cascade.ts'

/** Whether what is seen is saved, and the way back. */
export function SaveState({ saving }: { saving: ReturnType<typeof useSaveCascade> }) {
  const { t } = useTranslation()
  const { state, errorCode, canUndo, undo, conflict } = saving
  return (
    <span className="save-state" role="status">
      {state === 'pending' && <span className="mute">{t('cascade.saving')}</span>}
      {state === 'paused' && <span className="warn">{t('cascade.save_paused')}</span>}
      {state === 'success' && `✓ ${t('cascade.saved')}`}
      {state === 'error' && !conflict && (
        <span className="bad">{t(`errors.save_${errorCode ?? 'internal'}`, t('errors.save'))}</span>
      )}
      {canUndo && (
        <button type="button" className="link" onClick={undo}>
          {t('cascade.undo')}
        </button>
      )}
    </span>
  )
}

import { useTranslation } from 'react-i18next'
import { codeOf } from '../lib/client.ts'

/** What was asked for did not come: why, and the button that asks again. */
export function LoadError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation()
  return (
    <div className="notice bad" role="alert">
      {t(`errors.code_${codeOf(error)}`, t('errors.code_internal'))}{' '}
      <button type="button" className="link" onClick={onRetry}>
        {t('errors.retry')}
      </button>
    </div>
  )
}

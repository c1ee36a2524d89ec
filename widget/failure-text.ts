import type { ApiFailure } from './kommo/host.ts'
import { useTexts } from './texts.tsx'

const KNOWN = new Set(['too_large', 'forbidden', 'not_found', 'popup_blocked', 'kommo_unavailable'])

/** What a failure means to the person and what to do, in the person's language. */
export function useFailureText(): (failure: ApiFailure) => string {
  const { t } = useTexts()
  return ({ code, status }) => {
    if (KNOWN.has(code)) return t(`errors.${code}`)
    if (status === 401) return t('errors.unauthorized')
    if (status === 413) return t('errors.too_large')
    if (status === 429) return t('errors.busy')
    return t(status === 0 ? 'errors.unreachable' : 'errors.server')
  }
}

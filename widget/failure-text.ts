import type { ApiFailure } from './kommo/host.ts'
import { useTexts } from './texts.tsx'

/** Codes with a text of their own; the others are told by their status. */
const KNOWN = new Set([
  'empty_file',
  'file_not_ready',
  'forbidden',
  'infected',
  'kommo_unavailable',
  'popup_blocked',
  'quota_exceeded',
  'too_large',
  'too_many_uploads',
])

/** What a failure means to the person and what to do, in the person's language. */
export function useFailureText(): (failure: ApiFailure) => string {
  const { t } = useTexts()
  return ({ code, status }) => {
    if (KNOWN.has(code)) return t(`errors.${code}`)
    if (status === 401) return t('errors.unauthorized')
    if (status === 404) return t('errors.file_gone')
    if (status === 413) return t('errors.too_large')
    if (status === 429) return t('errors.busy')
    return t(status === 0 ? 'errors.unreachable' : 'errors.server')
  }
}

import { useState } from 'react'
import type { SignInLink } from '../contracts/widget-api.ts'
import type { ApiFailure, WidgetApi } from './kommo/host.ts'
import { useFailureText } from './failure-text.ts'
import { useTexts } from './texts.tsx'

/** Opens the settings app in a new tab, signed in. */
export function ConfigureButton({ api }: { api: WidgetApi }) {
  const { t } = useTexts()
  const failureText = useFailureText()
  const [failure, setFailure] = useState<ApiFailure | null>(null)

  async function open() {
    setFailure(null)
    // In the click itself, or pop-up blockers eat it.
    const tab = window.open('', '_blank')
    const result = await api.post<SignInLink>('/sign-in')
    // An address that is not our server's own is not followed.
    if (result.ok && tab && result.value.url.startsWith(`${api.serverUrl}/`)) {
      tab.opener = null
      tab.location.replace(result.value.url)
      return
    }
    tab?.close()
    setFailure(result.ok ? { code: 'popup_blocked', message: null, status: 0 } : result.failure)
  }

  return (
    <span className="configure">
      <button type="button" className="button" onClick={() => void open()}>
        {t('setup.configure')} <span aria-hidden="true">↗</span>
      </button>
      {failure && (
        <span className="notice bad" role="alert">
          {failureText(failure)}
        </span>
      )}
    </span>
  )
}

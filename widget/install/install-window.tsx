import { ConfigureButton } from '../configure-button.tsx'
import type { InstallProps } from '../kommo/host.ts'
import { useTexts } from '../texts.tsx'
import { useFormData } from '../use-form-data.ts'

/** Kommo's install window: is everything connected, and what to do next. */
export function InstallWindow({ api }: InstallProps) {
  const { t } = useTexts()
  const { data, retry } = useFormData(api)
  if (data.state === 'loading') return <p className="mute">{t('install.loading')}</p>
  if (data.state === 'failed') {
    const isUnknown = data.failure.status === 401
    return (
      <div className="install">
        <div className="notice warn">
          {t(isUnknown ? 'install.not_installed' : 'install.unreachable')}
        </div>
        <button type="button" className="button" onClick={retry}>
          {t('install.retry')}
        </button>
      </div>
    )
  }
  const { kommo, radist } = data.form
  return (
    <div className="install">
      <ul>
        <li className={kommo === 'connected' ? 'ok' : 'bad'}>{t(`install.kommo_${kommo}`)}</li>
        <li className={radist === 'connected' ? 'ok' : 'bad'}>{t(`install.radist_${radist}`)}</li>
      </ul>
      <p className="mute">{t('install.next')}</p>
      <ConfigureButton api={api} />
    </div>
  )
}

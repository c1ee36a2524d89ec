import { useTranslation } from 'react-i18next'

/** Nobody is signed in, or the server is not there: what to do about it. */
export function SignedOut(props: {
  reason: 'signed_out' | 'link_used' | 'unreachable'
  onRetry: () => void
}) {
  const { reason, onRetry } = props
  const { t } = useTranslation()
  const texts = {
    signed_out: [t('session.signed_out'), t('session.how')],
    link_used: [t('session.signed_out'), t('session.link_used')],
    unreachable: [t('errors.code_unreachable'), t('errors.try_again')],
  } as const
  const [title, text] = texts[reason]
  return (
    <main className="signed-out">
      <h1>{title}</h1>
      <p>{text}</p>
      <button type="button" className="button" onClick={onRetry}>
        {t('errors.retry')}
      </button>
    </main>
  )
}

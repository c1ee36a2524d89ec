import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { LoadError } from '../../../components/load-error.tsx'
import { TextField } from '../../../components/text-field.tsx'
import { codeOf } from '../../../lib/client.ts'
import { formatDate, formatMoment } from '../../../lib/format.ts'
import { kommoQuery, useKommoConsent, useSaveKommoToken } from '../api/connections.ts'

const PILLS = {
  connected: 'ok',
  disconnected: 'bad',
  not_admin: 'bad',
  unavailable: 'warn',
} as const

/** Whether Kommo lets us in, and the way back when it does not. */
export function KommoSection() {
  const { t, i18n } = useTranslation()
  const kommo = useQuery(kommoQuery)
  const [isOpen, setIsOpen] = useState(false)
  const { data } = kommo
  return (
    <section className="panel" aria-labelledby="kommo-title">
      <header className="panel-head">
        <h2 id="kommo-title">Kommo</h2>
        {data && (
          <span className={`pill ${PILLS[data.state]}`}>
            {t(`connections.kommo_${data.state}`)}
          </span>
        )}
        {kommo.isPending && <span className="pill live">{t('connections.asking')}</span>}
      </header>
      {kommo.isError && <LoadError error={kommo.error} onRetry={() => void kommo.refetch()} />}
      {data && (
        <dl className="facts">
          <dt>{t('connections.address')}</dt>
          <dd>
            <a href={data.url} target="_blank" rel="noreferrer">
              {data.url}
            </a>
          </dd>
          <dt>{t('connections.connected_at')}</dt>
          <dd>
            {formatMoment(data.connectedAt, i18n.language)}
            {data.grant?.grantedBy && ` · ${data.grant.grantedBy}`}
          </dd>
          {data.grant && (
            <>
              <dt>{t('connections.access')}</dt>
              <dd>
                {t(`connections.access_${data.grant.kind}`)}
                {data.grant.endsAt !== null &&
                  ` · ${t('connections.access_ends', {
                    date: formatDate(data.grant.endsAt, i18n.language),
                  })}`}
              </dd>
            </>
          )}
        </dl>
      )}
      {(data?.state === 'disconnected' || data?.state === 'not_admin') && (
        <p className="notice bad" role="alert">
          {t(`connections.kommo_${data.state}_text`)}
        </p>
      )}
      {data && data.heldBots > 0 && (
        <p className="notice warn">{t('connections.held', { count: data.heldBots })}</p>
      )}
      {isOpen ? (
        <TokenForm onDone={() => setIsOpen(false)} />
      ) : (
        <div className="form-actions">
          <ConnectButton isNeeded={data !== undefined && data.state !== 'connected'} />
          <button type="button" className="button" onClick={() => setIsOpen(true)}>
            {t('connections.by_token')}
          </button>
          <button type="button" className="button" onClick={() => void kommo.refetch()}>
            {t('connections.check_again')}
          </button>
        </div>
      )}
    </section>
  )
}

/** Kommo's own page asks an administrator, and leads back here. */
function ConnectButton({ isNeeded }: { isNeeded: boolean }) {
  const { t } = useTranslation()
  const consent = useKommoConsent()
  return (
    <>
      <button
        type="button"
        className={isNeeded ? 'button primary' : 'button'}
        aria-disabled={consent.isPending}
        onClick={() => consent.mutate(undefined, { onSuccess: ({ url }) => location.assign(url) })}
      >
        {t('connections.reconnect')}
      </button>
      {consent.isError && (
        <span className="field-error" role="alert">
          {t(`errors.code_${codeOf(consent.error)}`, t('errors.code_internal'))}
        </span>
      )}
    </>
  )
}

function TokenForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation()
  const save = useSaveKommoToken()
  const form = useForm<{ token: string }>({ defaultValues: { token: '' } })
  const submit = form.handleSubmit(async ({ token }) => {
    try {
      await save.mutateAsync(token.trim())
      onDone()
    } catch (error) {
      const message = t(`errors.code_${codeOf(error)}`, t('errors.code_internal'))
      form.setError('token', { message }, { shouldFocus: true })
    }
  })
  return (
    <form onSubmit={event => void submit(event)} noValidate>
      <TextField
        label={t('connections.token')}
        hint={t('connections.token_hint')}
        error={form.formState.errors.token?.message}
        type="password"
        autoComplete="off"
        {...form.register('token', {
          validate: value => value.trim() !== '' || t('connections.token_needed'),
        })}
      />
      <div className="form-actions">
        <button type="submit" className="button primary" aria-disabled={save.isPending}>
          {t(save.isPending ? 'connections.checking' : 'connections.check_and_save')}
        </button>
        <button type="button" className="button" onClick={onDone}>
          {t('dialog.cancel')}
        </button>
      </div>
    </form>
  )
}

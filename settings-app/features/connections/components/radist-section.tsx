import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import type { Connections } from '../../../../contracts/connections.ts'
import { TextField } from '../../../components/text-field.tsx'
import { codeOf } from '../../../lib/client.ts'
import { formatMoment, formatNumber } from '../../../lib/format.ts'
import { useSaveRadist, useSyncRadist } from '../api/connections.ts'

type Form = { url: string; companyId: string; key: string }

/** Whose fault the server's answer is, by field. */
const FIELD_OF: Partial<Record<string, keyof Form>> = {
  radist_host_not_allowed: 'url',
  radist_company_not_found: 'companyId',
  radist_key_refused: 'key',
  radist_key_needed: 'key',
}

/** Radist's key, host and company; whether all is read; whether its webhooks come. */
export function RadistSection(props: {
  radist: Connections['radist']
  webhooks: Connections['webhooks']
}) {
  const { radist, webhooks } = props
  const { t } = useTranslation()
  const [isOpen, setIsOpen] = useState(!radist.hasKey)
  return (
    <section className="panel" aria-labelledby="radist-title">
      <header className="panel-head">
        <h2 id="radist-title">Radist.Online</h2>
        <span className={`pill ${PILLS[radist.state]}`}>
          {t(`connections.radist_${radist.state}`)}
        </span>
      </header>
      <RadistState radist={radist} webhooks={webhooks} />
      {isOpen ? (
        <RadistForm radist={radist} onDone={() => setIsOpen(false)} />
      ) : (
        <div className="form-actions">
          <button type="button" className="button" onClick={() => setIsOpen(true)}>
            {t('connections.change_key')}
          </button>
          <SyncButton isSyncing={radist.state === 'syncing'} />
        </div>
      )}
    </section>
  )
}

const PILLS = { connected: 'ok', syncing: 'live', missing: 'warn', problem: 'bad' } as const

function RadistState({
  radist,
  webhooks,
}: {
  radist: Connections['radist']
  webhooks: Connections['webhooks']
}) {
  const { t, i18n } = useTranslation()
  const { language } = i18n
  if (!radist.hasKey) return <p className="mute">{t('connections.radist_missing_text')}</p>
  return (
    <>
      <dl className="facts">
        <dt>{t('connections.host')}</dt>
        <dd>{radist.url}</dd>
        <dt>{t('connections.company')}</dt>
        <dd>{radist.companyId}</dd>
        <dt>{t('connections.found')}</dt>
        <dd>{formatNumber(radist.connections, language)}</dd>
        <dt>{t('connections.webhooks')}</dt>
        <dd>
          {t('connections.webhooks_count', {
            count: webhooks.subscribed,
            total: radist.connections,
          })}{' '}
          <span className={`pill ${webhooks.lookDead ? 'bad' : 'ok'}`}>
            {t(webhooks.lookDead ? 'connections.webhooks_dead' : 'connections.webhooks_ok')}
          </span>
        </dd>
        <dt>{t('connections.last_sync')}</dt>
        <dd>
          {radist.syncedAt === null
            ? t('connections.not_yet')
            : formatMoment(radist.syncedAt, language)}
        </dd>
      </dl>
      {webhooks.rival !== null && (
        <p className="notice bad" role="alert">
          {t('connections.webhooks_rival', { host: webhooks.rival })}
        </p>
      )}
      <div role="status">
        {radist.sync && (
          <p className="notice">
            {t(`connections.stage_${radist.sync.stage}`, {
              count: radist.sync.chats,
              chats: formatNumber(radist.sync.chats, language),
            })}
          </p>
        )}
        {radist.problem && (
          <p className="notice bad">
            {t(`connections.problem_${radist.problem}`, t('connections.problem_unavailable'))}
          </p>
        )}
      </div>
    </>
  )
}

function SyncButton({ isSyncing }: { isSyncing: boolean }) {
  const { t } = useTranslation()
  const sync = useSyncRadist()
  const isBusy = isSyncing || sync.isPending
  return (
    <>
      <button
        type="button"
        className="button"
        aria-disabled={isBusy}
        onClick={() => !isBusy && sync.mutate(undefined)}
      >
        {t(isBusy ? 'connections.syncing' : 'connections.sync_now')}
      </button>
      {sync.isError && (
        <span className="field-error" role="alert">
          {t(`errors.code_${codeOf(sync.error)}`, t('errors.code_internal'))}
        </span>
      )}
    </>
  )
}

function RadistForm({ radist, onDone }: { radist: Connections['radist']; onDone: () => void }) {
  const { t } = useTranslation()
  const save = useSaveRadist()
  const form = useForm<Form>({
    defaultValues: { url: radist.url, companyId: String(radist.companyId ?? ''), key: '' },
  })
  const { errors } = form.formState
  const submit = form.handleSubmit(async ({ url, companyId, key }) => {
    const change = { url: url.trim(), companyId: Number(companyId), ...(key.trim() ? { key } : {}) }
    try {
      await save.mutateAsync(change)
      // It is kept by the server and shown to nobody.
      form.resetField('key')
      onDone()
    } catch (error) {
      const code = codeOf(error)
      const field = FIELD_OF[code]
      const message = t(`errors.code_${code}`, t('errors.code_internal'))
      form.setError(field ?? 'root', { message }, { shouldFocus: true })
    }
  })
  return (
    <form onSubmit={event => void submit(event)} noValidate>
      <TextField
        label={t('connections.host')}
        hint={t('connections.host_hint')}
        error={errors.url?.message}
        inputMode="url"
        {...form.register('url')}
      />
      <TextField
        label={t('connections.company')}
        hint={t('connections.company_hint')}
        error={errors.companyId?.message}
        inputMode="numeric"
        {...form.register('companyId', {
          validate: value =>
            /^[1-9]\d{0,14}$/u.test(value.trim()) || t('connections.company_wrong'),
        })}
      />
      <TextField
        label={t('connections.key')}
        hint={t(radist.hasKey ? 'connections.key_kept' : 'connections.key_hint')}
        error={errors.key?.message}
        type="password"
        autoComplete="off"
        {...form.register('key', {
          validate: value => radist.hasKey || value.trim() !== '' || t('connections.key_needed'),
        })}
      />
      {errors.root && (
        <p className="notice bad" role="alert">
          {errors.root.message}
        </p>
      )}
      <div className="form-actions">
        <button type="submit" className="button primary" aria-disabled={save.isPending}>
          {t(save.isPending ? 'connections.checking' : 'connections.check_and_save')}
        </button>
        {radist.hasKey && (
          <button type="button" className="button" onClick={onDone}>
            {t('dialog.cancel')}
          </button>
        )}
      </div>
    </form>
  )
}

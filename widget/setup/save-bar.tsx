import { useEffect, useRef } from 'react'
import { ConfigureButton } from '../configure-button.tsx'
import { useFailureText } from '../failure-text.ts'
import { formatPercent } from '../format.ts'
import type { ApiFailure, WidgetApi } from '../kommo/host.ts'
import { useTexts } from '../texts.tsx'
import type { FileState } from './use-upload.ts'

export type Problem = 'empty' | 'too_long' | 'file_failed' | 'file_gone'
export type Saving =
  | { state: 'idle' }
  | { state: 'busy' }
  | { state: 'refused'; problem: Problem }
  | { state: 'failed'; failure: ApiFailure }

/** *Save*, what it waits for, and why it did not. */
export function SaveBar(props: {
  api: WidgetApi
  saving: Saving
  upload: FileState
  onSave: () => void
}) {
  const { api, saving, upload, onSave } = props
  const { t, language } = useTexts()
  const failureText = useFailureText()
  const waitsFor = waitText(upload)

  function waitText(file: FileState): string | null {
    if (file.state === 'scanning') return t('setup.wait_for_scan')
    if (file.state !== 'uploading') return null
    return t('setup.wait_for_file', {
      percent: formatPercent(file.sentBytes / file.size, language),
    })
  }

  return (
    <>
      {saving.state === 'refused' && (
        <div className="notice bad" role="alert">
          {t(`setup.problem_${saving.problem}`)}
        </div>
      )}
      {saving.state === 'failed' && (
        <div className="notice bad" role="alert">
          {failureText(saving.failure)}
        </div>
      )}
      <div className="actions">
        <button
          type="button"
          className="button primary"
          aria-disabled={waitsFor !== null || saving.state === 'busy'}
          onClick={onSave}
        >
          {t(saving.state === 'busy' ? 'setup.saving' : 'setup.save')}
        </button>
        {waitsFor !== null && (
          <span className="mute" role="status">
            {waitsFor}
          </span>
        )}
        <ConfigureButton api={api} />
      </div>
    </>
  )
}

/** Asks before changes are lost; Enter stays. */
export function Unsaved({ onDiscard, onStay }: { onDiscard: () => void; onStay: () => void }) {
  const { t } = useTexts()
  const stay = useRef<HTMLButtonElement>(null)
  useEffect(() => stay.current?.focus(), [])
  return (
    <div className="actions asking" role="alertdialog" aria-label={t('setup.unsaved')}>
      <span>{t('setup.unsaved')}</span>
      <button type="button" className="button primary" ref={stay} onClick={onStay}>
        {t('setup.keep_editing')}
      </button>
      <button type="button" className="button" onClick={onDiscard}>
        {t('setup.discard')}
      </button>
    </div>
  )
}

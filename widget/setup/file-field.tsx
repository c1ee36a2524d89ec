import { useId, useRef } from 'react'
import type { WidgetForm } from '../../contracts/widget-api.ts'
import { useFailureText } from '../failure-text.ts'
import { FileIcon } from '../file-icon.tsx'
import { formatBytes, formatPercent } from '../format.ts'
import { useTexts } from '../texts.tsx'
import type { FileState } from './use-upload.ts'

/** Failures that another try with the same file cannot mend. */
const FINAL = new Set(['too_large', 'empty_file', 'infected'])

/** One file: choose it, drop it or paste it; progress, cancel, retry, replace. */
export function FileField(props: {
  file: FileState
  imageUrl: string | null
  messengers: WidgetForm['messengers']
  /** The stored file that the step was saved with is no longer there. */
  isGone: boolean
  /** A file whose upload a reload cut short. */
  unfinished: string | null
  /** A file is held over the form. */
  isOver: boolean
  onChoose: (file: File) => void
  onRetry: () => void
  onRemove: () => void
}) {
  const { file, imageUrl, messengers, isGone, unfinished, isOver } = props
  const { onChoose, onRetry, onRemove } = props
  const { t } = useTexts()
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const choose = () => input.current?.click()

  return (
    <div className="field" role="group" aria-labelledby={`${id}-label`}>
      <div className="field-head">
        <b id={`${id}-label`}>{t('setup.file')}</b>
        <span className="mute">{t('setup.file_limit')}</span>
      </div>
      <input
        ref={input}
        type="file"
        className="visually-hidden"
        tabIndex={-1}
        aria-hidden="true"
        onChange={event => {
          const picked = event.target.files?.[0]
          if (picked) onChoose(picked)
          // The same file may be chosen again.
          event.target.value = ''
        }}
      />
      {file.state === 'none' ? (
        <button type="button" className={isOver ? 'drop over' : 'drop'} onClick={choose}>
          {t('setup.choose_file')}
        </button>
      ) : (
        <div className={isOver ? 'file over' : 'file'}>
          {imageUrl === null ? (
            <span className="thumb">
              <FileIcon name={nameOf(file)} isImage={false} />
            </span>
          ) : (
            <img className="thumb" src={imageUrl} alt="" />
          )}
          <FileText file={file} />
          <span className="file-actions">
            {file.state === 'failed' && !FINAL.has(file.failure.code) && (
              <button type="button" className="link" onClick={onRetry}>
                {t('setup.retry')}
              </button>
            )}
            {file.state !== 'uploading' && (
              <button type="button" className="link" onClick={choose}>
                {t('setup.replace')}
              </button>
            )}
            <button type="button" className="link" onClick={onRemove}>
              {t(file.state === 'uploading' ? 'setup.cancel' : 'setup.remove')}
            </button>
          </span>
        </div>
      )}
      {file.state === 'none' && unfinished !== null && (
        <p className="notice">{t('setup.unfinished_upload', { file: unfinished })}</p>
      )}
      {isGone && (
        <p className="notice bad" role="alert">
          {t('errors.file_gone')}
        </p>
      )}
      <Limits file={file} messengers={messengers} />
    </div>
  )
}

function nameOf(file: Exclude<FileState, { state: 'none' }>): string {
  return file.state === 'ready' ? file.file.name : file.name
}

function FileText({ file }: { file: Exclude<FileState, { state: 'none' }> }) {
  const { t, language } = useTexts()
  return (
    <span className="file-text">
      <b dir="auto">{nameOf(file)}</b>
      {file.state === 'ready' && (
        <span className="mute">
          {t(file.file.kind === 'image' ? 'setup.sent_as_image' : 'setup.sent_as_file')} ·{' '}
          {formatBytes(file.file.size, language)}
        </span>
      )}
      {file.state === 'scanning' && (
        <span className="mute" role="status">
          {t('setup.scanning')}
        </span>
      )}
      {file.state === 'failed' && <Failure file={file} />}
      {file.state === 'uploading' && <Progress file={file} />}
    </span>
  )
}

function Failure({ file }: { file: Extract<FileState, { state: 'failed' }> }) {
  const failureText = useFailureText()
  return (
    <span className="bad" role="alert">
      {failureText(file.failure)}
    </span>
  )
}

function Progress({ file }: { file: Extract<FileState, { state: 'uploading' }> }) {
  const { t, language } = useTexts()
  const share = file.sentBytes / file.size
  const { secondsLeft } = file
  const left =
    secondsLeft === null
      ? ''
      : ` · ${secondsLeft < 90 ? t('setup.seconds_left', { count: secondsLeft }) : t('setup.minutes_left', { count: Math.round(secondsLeft / 60) })}`
  return (
    <>
      <span className={file.isRetrying ? 'warn-text' : 'mute'} role="status">
        {file.isRetrying
          ? t('setup.retrying')
          : `${formatPercent(share, language)} · ${t('setup.of_size', {
              sent: formatBytes(file.sentBytes, language),
              size: formatBytes(file.size, language),
            })}${left}`}
      </span>
      <progress max={1} value={share} aria-label={t('setup.uploading')} />
    </>
  )
}

/** Messengers that will be passed over because of this file. */
function Limits({ file, messengers }: { file: FileState; messengers: WidgetForm['messengers'] }) {
  const { t, language } = useTexts()
  if (file.state !== 'ready') return null
  const { kind, size } = file.file
  const warnings = messengers.flatMap(({ name, imageMaxBytes, fileMaxBytes }) => {
    const limit = kind === 'image' ? (imageMaxBytes ?? fileMaxBytes) : fileMaxBytes
    return limit !== undefined && size > limit ? [{ name, limit }] : []
  })
  return warnings.map(({ name, limit }) => (
    <p className="notice warn" key={name}>
      {t('setup.messenger_limit', { messenger: name, limit: formatBytes(limit, language) })}
    </p>
  ))
}

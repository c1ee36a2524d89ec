import { useEffect, useId, useRef, useState, type DragEvent } from 'react'
import type { WidgetForm } from '../../contracts/widget-api.ts'
import { useFailureText } from '../failure-text.ts'
import { formatBytes, formatPercent } from '../format.ts'
import { useTexts } from '../texts.tsx'
import type { FileState } from './use-upload.ts'

/** One file: choose it or drop it; progress, cancel, retry, replace. */
export function FileField(props: {
  file: FileState
  imageUrl: string | null
  messengers: WidgetForm['messengers']
  onChoose: (file: File) => void
  onRetry: () => void
  onRemove: () => void
}) {
  const { file, imageUrl, messengers, onChoose, onRetry, onRemove } = props
  const { t } = useTexts()
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [isOver, setIsOver] = useState(false)

  function onDrop(event: DragEvent) {
    event.preventDefault()
    setIsOver(false)
    const dropped = event.dataTransfer.files[0]
    if (dropped) onChoose(dropped)
  }

  return (
    <div
      className="field"
      onDragOver={event => {
        event.preventDefault()
        setIsOver(true)
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={onDrop}
    >
      <div className="field-head">
        <label htmlFor={id}>{t('setup.file')}</label>
        <span className="mute">{t('setup.file_limit')}</span>
      </div>
      <input
        id={id}
        ref={input}
        type="file"
        className="visually-hidden"
        tabIndex={-1}
        onChange={event => {
          const picked = event.target.files?.[0]
          if (picked) onChoose(picked)
          // The same file may be chosen again.
          event.target.value = ''
        }}
      />
      {file.state === 'none' ? (
        <button
          type="button"
          className={isOver ? 'drop over' : 'drop'}
          onClick={() => input.current?.click()}
        >
          {t('setup.choose_file')}
        </button>
      ) : (
        <div className={isOver ? 'file over' : 'file'}>
          {imageUrl === null ? (
            <span className="thumb" aria-hidden="true">
              📄
            </span>
          ) : (
            <img className="thumb" src={imageUrl} alt="" />
          )}
          <FileText file={file} />
          <span className="file-actions">
            {file.state === 'failed' && file.failure.code !== 'too_large' && (
              <button type="button" className="link" onClick={onRetry}>
                {t('setup.retry')}
              </button>
            )}
            {file.state !== 'uploading' && (
              <button type="button" className="link" onClick={() => input.current?.click()}>
                {t('setup.replace')}
              </button>
            )}
            <button type="button" className="link" onClick={onRemove}>
              {t(file.state === 'uploading' ? 'setup.cancel' : 'setup.remove')}
            </button>
          </span>
        </div>
      )}
      <Limits file={file} messengers={messengers} />
    </div>
  )
}

function FileText({ file }: { file: Exclude<FileState, { state: 'none' }> }) {
  const { t, language } = useTexts()
  const failureText = useFailureText()
  if (file.state === 'ready') {
    const { name, size, kind } = file.file
    return (
      <span className="file-text">
        <b>{name}</b>
        <span className="mute">
          {t(kind === 'image' ? 'setup.sent_as_image' : 'setup.sent_as_file')} ·{' '}
          {formatBytes(size, language)}
        </span>
      </span>
    )
  }
  if (file.state === 'failed') {
    const text =
      file.failure.code === 'empty_file' ? t('errors.empty_file') : failureText(file.failure)
    return (
      <span className="file-text" role="alert">
        <b>{file.name}</b>
        <span className="bad">{text}</span>
      </span>
    )
  }
  const share = file.sentBytes / file.size
  const left =
    file.secondsLeft === null ? '' : ` · ${t('setup.seconds_left', { count: file.secondsLeft })}`
  return (
    <span className="file-text">
      <b>{file.name}</b>
      <span className="mute" role={file.isRetrying ? 'status' : undefined}>
        {file.isRetrying
          ? t('setup.retrying')
          : `${formatPercent(share, language)} · ${t('setup.of_size', {
              sent: formatBytes(file.sentBytes, language),
              size: formatBytes(file.size, language),
            })}${left}`}
      </span>
      <progress max={1} value={share} aria-label={t('setup.uploading')} />
    </span>
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

/** A local address for an image that was just chosen, given back when it is no longer shown. */
export function useLocalImage(): [string | null, (file: File | null) => void] {
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url])
  return [
    url,
    file =>
      setUrl(
        file && /^image\/(?:jpeg|png|gif|webp)$/u.test(file.type)
          ? URL.createObjectURL(file)
          : null,
      ),
  ]
}

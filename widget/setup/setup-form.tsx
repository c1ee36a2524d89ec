import { useEffect, useRef, useState } from 'react'
import { toShown, toStored } from '../../contracts/masks.ts'
import {
  encodedBytes,
  MESSAGE_MAX_BYTES,
  MESSAGE_VERSION,
  parseMessage,
  writeMessage,
  type Message,
} from '../../contracts/message.ts'
import { ConfigureButton } from '../configure-button.tsx'
import { useFailureText } from '../failure-text.ts'
import { formatPercent } from '../format.ts'
import type { ApiFailure, SetupProps } from '../kommo/host.ts'
import { Bubble } from '../preview/bubble.tsx'
import { Sequence, useFileUrl } from '../preview/card.tsx'
import { useTexts } from '../texts.tsx'
import { fieldsOf, useFormData } from '../use-form-data.ts'
import { FileField, useLocalImage } from './file-field.tsx'
import { MaskField } from './mask-field.tsx'
import { useUpload } from './use-upload.ts'

/** The Setup form: text with masks, one file, preview, save. */
export function SetupForm(props: SetupProps) {
  const { api, message, onSave, onClose, onDirty, onResize, closeAttempts } = props
  const { t, language } = useTexts()
  const failureText = useFailureText()
  const { data, retry } = useFormData(api)
  const fields = fieldsOf(data)
  const [saved] = useState(() => {
    const parsed = parseMessage(message)
    return parsed.ok ? parsed.message : null
  })
  // As typed, with custom fields by name; null until the person types: then the names may still come.
  const [typed, setTyped] = useState<string | null>(null)
  const text = typed ?? toShown(saved?.text ?? '', fields)
  const upload = useUpload(api, saved?.file ?? null)
  const [localImage, showLocalImage] = useLocalImage()
  const [problem, setProblem] = useState<'empty' | 'too_long' | null>(null)
  const [saving, setSaving] = useState<'no' | 'busy' | ApiFailure>('no')
  const [dismissedAttempts, setDismissedAttempts] = useState(0)

  const file = upload.file.state === 'ready' ? upload.file.file : null
  const draft: Message = {
    version: MESSAGE_VERSION,
    text: toStored(text, fields),
    ...(file ? { file } : {}),
  }
  const isDirty =
    draft.text !== (saved?.text ?? '') ||
    (upload.file.state !== 'none' || saved?.file ? file?.id !== saved?.file?.id : false)
  useEffect(() => onDirty(isDirty), [isDirty, onDirty])
  const frame = useRef<HTMLDivElement>(null)
  useResize(frame, onResize)
  const storedImage = useFileUrl(api, file?.kind === 'image' && !localImage ? file.id : null)
  const imageUrl = localImage ?? storedImage

  const waitsFor =
    upload.file.state === 'uploading'
      ? t('setup.wait_for_file', {
          percent: formatPercent(upload.file.sentBytes / upload.file.size, language),
        })
      : null

  async function save() {
    if (waitsFor !== null || saving === 'busy') return
    if (text.trim() === '' && !file) return setProblem('empty')
    const json = writeMessage(draft)
    if (encodedBytes(json) > MESSAGE_MAX_BYTES) return setProblem('too_long')
    setSaving('busy')
    if (file && file.id !== saved?.file?.id) {
      const kept = await api.post(`/files/${file.id}/keep`)
      if (!kept.ok) return setSaving(kept.failure)
    }
    onSave(json)
  }

  return (
    <div className="setup" ref={frame}>
      <h2>{t('setup.title')}</h2>
      {data.state === 'failed' && (
        <div className="notice bad" role="alert">
          {failureText(data.failure)}{' '}
          <button type="button" className="link" onClick={retry}>
            {t('setup.retry')}
          </button>
        </div>
      )}
      <div className="setup-columns">
        <div>
          <MaskField
            value={text}
            fields={fields}
            isLoading={data.state !== 'ready'}
            onChange={value => {
              setTyped(value)
              setProblem(null)
            }}
          />
          <FileField
            file={upload.file}
            imageUrl={upload.file.state === 'none' ? null : imageUrl}
            messengers={data.state === 'ready' ? data.form.messengers : []}
            onChoose={chosen => {
              showLocalImage(chosen)
              setProblem(null)
              upload.start(chosen)
            }}
            onRetry={upload.retry}
            onRemove={() => {
              showLocalImage(null)
              upload.remove()
            }}
          />
        </div>
        <div className="side">
          <b className="mute">{t('preview.title')}</b>
          <Bubble text={text} file={file} fileUrl={file ? imageUrl : null} fields={fields} />
          {data.state === 'ready' && <Sequence messengers={data.form.messengers} />}
        </div>
      </div>
      {problem && (
        <div className="notice bad" role="alert">
          {t(`setup.problem_${problem}`)}
        </div>
      )}
      {saving !== 'no' && saving !== 'busy' && (
        <div className="notice bad" role="alert">
          {failureText(saving)}
        </div>
      )}
      {isDirty && closeAttempts > dismissedAttempts ? (
        <div className="actions" role="alertdialog" aria-label={t('setup.unsaved')}>
          <span>{t('setup.unsaved')}</span>
          <button type="button" className="button" onClick={onClose}>
            {t('setup.discard')}
          </button>
          <button
            type="button"
            className="button primary"
            onClick={() => setDismissedAttempts(closeAttempts)}
          >
            {t('setup.keep_editing')}
          </button>
        </div>
      ) : (
        <div className="actions">
          <button
            type="button"
            className="button primary"
            aria-disabled={waitsFor !== null || saving === 'busy'}
            onClick={() => void save()}
          >
            {t('setup.save')}
          </button>
          {waitsFor !== null && (
            <span className="mute" role="status">
              {waitsFor}
            </span>
          )}
          <ConfigureButton api={api} />
        </div>
      )}
    </div>
  )
}

/** Tells Kommo's modal whenever our height changed. */
function useResize(frame: { current: HTMLDivElement | null }, onResize: () => void): void {
  const latest = useRef(onResize)
  useEffect(() => {
    latest.current = onResize
  })
  useEffect(() => {
    if (!frame.current) return undefined
    const observer = new ResizeObserver(() => latest.current())
    observer.observe(frame.current)
    return () => observer.disconnect()
  }, [frame])
}

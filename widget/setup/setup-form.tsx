import { useEffect, useRef, useState } from 'react'
import {
  findField,
  parseTemplate,
  shownName,
  toShown,
  toStored,
  writeMask,
  type MaskField as Field,
} from '../../contracts/masks.ts'
import {
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
import { DealPicker } from '../preview/deal-picker.tsx'
import { Sequence } from '../preview/sequence.tsx'
import { useStoredFile } from '../preview/use-stored-file.ts'
import { usePreviewValues } from '../preview/use-values.ts'
import { useTexts } from '../texts.tsx'
import { areFieldsKnown, fieldsOf, useFormData } from '../use-form-data.ts'
import { Counter, isTooLong } from './counter.tsx'
import { readDraft, writeDraft } from './draft.ts'
import { replaceText } from './edit-text.ts'
import { Fallbacks } from './fallbacks.tsx'
import { FileField } from './file-field.tsx'
import { MaskField } from './mask-field.tsx'
import { MaskProblems } from './mask-problems.tsx'
import { unfinishedUploads } from './upload-memory.ts'
import { useDrop } from './use-drop.ts'
import { useFrame } from './use-frame.ts'
import { useLocalImage } from './use-local-image.ts'
import { useUpload } from './use-upload.ts'

type Problem = 'empty' | 'too_long' | null

/** The Setup form: text with masks, one file, preview, save. */
export function SetupForm(props: SetupProps) {
  const { api, message, onSave, onClose, onLeave, onDirty, onResize, closeAttempts } = props
  const { t, language } = useTexts()
  const failureText = useFailureText()
  const { data, retry } = useFormData(api)
  const fields = fieldsOf(data)
  const [saved] = useState(() => {
    const parsed = parseMessage(message)
    return parsed.ok ? parsed.message : null
  })
  const [draft] = useState(() => readDraft(message))
  const [isRestored, setIsRestored] = useState(draft !== null)
  const opened = draft ?? saved
  // As typed, with custom fields by name; null until the person types: then the names may still come.
  const [typed, setTyped] = useState<string | null>(null)
  const [openedText, setOpenedText] = useState(opened?.text ?? '')
  const text = typed ?? toShown(openedText, fields)
  const area = useRef<HTMLTextAreaElement>(null)
  const [isWriting, setIsWriting] = useState(false)
  const upload = useUpload(api, opened?.file ?? null)
  const [unfinished] = useState(() => unfinishedUploads()[0] ?? null)
  const [localImage, showLocalImage] = useLocalImage()
  const [problem, setProblem] = useState<Problem>(null)
  const [saving, setSaving] = useState<'no' | 'busy' | ApiFailure>('no')
  const [dismissedAttempts, setDismissedAttempts] = useState(0)
  const values = usePreviewValues(api, data)

  const file = upload.file.state === 'ready' ? upload.file.file : null
  const stored = useStoredFile(api, file?.id ?? null)
  const storedImage = file?.kind === 'image' && stored.state === 'stored' ? stored.url : null
  const imageUrl = localImage ?? storedImage
  const current: Message = {
    version: MESSAGE_VERSION,
    text: toStored(text, fields),
    ...(file ? { file } : {}),
  }
  const isUploading = upload.file.state === 'uploading' || upload.file.state === 'scanning'
  const isDirty =
    current.text !== toStored(saved?.text ?? '', fields) ||
    isUploading ||
    file?.id !== saved?.file?.id

  useEffect(() => onDirty(isDirty), [isDirty, onDirty])
  const json = writeMessage(current)
  useEffect(() => {
    const parsed = parseMessage(json)
    writeDraft(message, isDirty && parsed.ok ? parsed.message : null)
  }, [json, isDirty, message])
  const frame = useRef<HTMLDivElement>(null)
  useFrame(frame, { resize: onResize, escape: onLeave }, isDirty)
  const isOver = useDrop(frame, choose)

  const waitsFor =
    upload.file.state === 'uploading'
      ? t('setup.wait_for_file', {
          percent: formatPercent(upload.file.sentBytes / upload.file.size, language),
        })
      : upload.file.state === 'scanning'
        ? t('setup.wait_for_scan')
        : null

  async function save() {
    if (waitsFor !== null || saving === 'busy') return
    if (text.trim() === '' && !file) return refuse('empty')
    if (isTooLong(current)) return refuse('too_long')
    setSaving('busy')
    if (file && file.id !== saved?.file?.id) {
      const kept = await api.post(`/files/${file.id}/keep`)
      if (!kept.ok) return setSaving(kept.failure)
    }
    writeDraft(message, null)
    onSave(json)
  }

  function refuse(why: Problem) {
    setProblem(why)
    area.current?.focus()
  }

  function discard() {
    writeDraft(message, null)
    onClose()
  }

  function restoreSaved() {
    setTyped(null)
    setOpenedText(saved?.text ?? '')
    showLocalImage(null)
    upload.restore(saved?.file ?? null)
    setIsRestored(false)
  }

  function choose(chosen: File) {
    showLocalImage(chosen)
    setProblem(null)
    upload.start(chosen)
  }

  function mend(start: number, end: number, mask: string) {
    if (area.current) replaceText(area.current, start, end, mask)
  }

  /** Sets what to write where a field is empty; the focus goes where the person was going. */
  function setFallback(field: Field, fallback: string, goingTo: Element | null) {
    if (!area.current) return
    const found = parseTemplate(text).filter(
      part => part.kind === 'mask' && findField(part.mask, fields) === field,
    )
    const mask = writeMask(field.entity, shownName(field, fields), fallback || undefined)
    // From the end, so that the other places stay where they are.
    for (const { start, end } of found.toReversed()) replaceText(area.current, start, end, mask)
    if (goingTo instanceof HTMLElement) goingTo.focus()
  }

  const isAskingBack = isDirty && closeAttempts > dismissedAttempts
  return (
    <div className="setup" ref={frame} role="dialog" aria-label={t('setup.title')}>
      <h2>{t('setup.title')}</h2>
      {data.state === 'failed' && (
        <div className="notice bad" role="alert">
          {failureText(data.failure)}{' '}
          <button type="button" className="link" onClick={retry}>
            {t('setup.retry')}
          </button>
        </div>
      )}
      {data.state === 'ready' && data.form.kommo !== 'connected' && (
        <div className="notice warn">{t('setup.fields_missing')}</div>
      )}
      {isRestored && (
        <div className="notice" role="status">
          {t('setup.draft_restored')}{' '}
          <button type="button" className="link" onClick={restoreSaved}>
            {t('setup.draft_discard')}
          </button>
        </div>
      )}
      <div className="setup-columns">
        <div>
          <MaskField
            area={area}
            value={text}
            fields={fields}
            areFieldsKnown={areFieldsKnown(data)}
            isLoading={data.state === 'loading'}
            isInvalid={problem !== null || isTooLong(current)}
            valueOf={values.valueOf}
            foot={
              <>
                <MaskProblems
                  value={text}
                  fields={fields}
                  areFieldsKnown={areFieldsKnown(data)}
                  isWriting={isWriting}
                  onMend={mend}
                />
                <Counter draft={current} />
              </>
            }
            onChange={value => {
              setTyped(value)
              setIsWriting(true)
              setProblem(null)
            }}
            onBlur={() => setIsWriting(false)}
            onFile={choose}
          />
          <Fallbacks value={text} fields={fields} onChange={setFallback} />
          <FileField
            file={upload.file}
            imageUrl={upload.file.state === 'none' ? null : imageUrl}
            messengers={data.state === 'ready' ? data.form.messengers : []}
            isGone={stored.state === 'gone'}
            unfinished={unfinished}
            isOver={isOver}
            onChoose={choose}
            onRetry={upload.retry}
            onRemove={() => {
              showLocalImage(null)
              upload.remove()
            }}
          />
        </div>
        <section className="side" aria-label={t('preview.title')}>
          <b className="mute" aria-hidden="true">
            {t('preview.title')}
          </b>
          <Bubble
            text={text}
            file={file}
            imageUrl={file ? imageUrl : null}
            valueOf={values.valueOf}
          />
          <DealPicker api={api} values={values} />
          <p className="mute sequence">
            {data.state === 'ready' && <Sequence messengers={data.form.messengers} />}
          </p>
        </section>
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
      {isAskingBack ? (
        <Unsaved onDiscard={discard} onStay={() => setDismissedAttempts(closeAttempts)} />
      ) : (
        <div className="actions">
          <button
            type="button"
            className="button primary"
            aria-disabled={waitsFor !== null || saving === 'busy'}
            onClick={() => void save()}
          >
            {t(saving === 'busy' ? 'setup.saving' : 'setup.save')}
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

/** Asks before changes are lost; Enter stays. */
function Unsaved({ onDiscard, onStay }: { onDiscard: () => void; onStay: () => void }) {
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

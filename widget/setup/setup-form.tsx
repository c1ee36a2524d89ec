import { useEffect, useRef, useState } from 'react'
import {
  findField,
  parseTemplate,
  shownName,
  writeMask,
  type MaskField as Field,
} from '../../contracts/masks.ts'
import { useFailureText } from '../failure-text.ts'
import type { SetupProps } from '../kommo/host.ts'
import { Bubble } from '../preview/bubble.tsx'
import { DealPicker } from '../preview/deal-picker.tsx'
import { Sequence } from '../preview/sequence.tsx'
import { usePreviewValues } from '../preview/use-values.ts'
import { useTexts } from '../texts.tsx'
import { areFieldsKnown, fieldsOf, useFormData } from '../use-form-data.ts'
import { Counter, isTooLong } from './counter.tsx'
import { replaceText } from './edit-text.ts'
import { Fallbacks } from './fallbacks.tsx'
import { FileField } from './file-field.tsx'
import { MaskField } from './mask-field.tsx'
import { MaskProblems } from './mask-problems.tsx'
import { SaveBar, Unsaved, type Problem, type Saving } from './save-bar.tsx'
import { unfinishedUploads } from './upload-memory.ts'
import { useDrop } from './use-drop.ts'
import { useFrame } from './use-frame.ts'
import { useMessage } from './use-message.ts'

/** The Setup form: text with masks, one file, preview, save. */
export function SetupForm(props: SetupProps) {
  const { api, onSave, onClose, onLeave, onDirty, onResize, closeAttempts } = props
  const { t } = useTexts()
  const failureText = useFailureText()
  const { data, retry } = useFormData(api)
  const fields = fieldsOf(data)
  const messengers = data.state === 'ready' ? data.form.messengers : null
  const values = usePreviewValues(api, data)
  const draft = useMessage(api, props.message, fields)
  const { text, message, upload, imageUrl, isDirty } = draft
  const [unfinished] = useState(() => unfinishedUploads()[0] ?? null)
  const [isWriting, setIsWriting] = useState(false)
  const [saving, setSaving] = useState<Saving>({ state: 'idle' })
  const [dismissedAttempts, setDismissedAttempts] = useState(0)
  const area = useRef<HTMLTextAreaElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  useEffect(() => onDirty(isDirty), [isDirty, onDirty])
  useFrame(frame, { resize: onResize, escape: onLeave }, isDirty)
  const isOver = useDrop(frame, choose)

  /** Why this message cannot be saved: it would never arrive, or not whole. */
  function problemOf(): Problem | null {
    if (upload.state === 'failed') return 'file_failed'
    if (draft.isFileGone) return 'file_gone'
    if (text.trim() === '' && !message.file) return 'empty'
    return isTooLong(message) ? 'too_long' : null
  }

  async function save() {
    const isWaiting = upload.state === 'uploading' || upload.state === 'scanning'
    if (isWaiting || saving.state === 'busy') return
    const problem = problemOf()
    if (problem !== null) {
      setSaving({ state: 'refused', problem })
      area.current?.focus()
      return
    }
    setSaving({ state: 'busy' })
    if (draft.fileToKeep) {
      const kept = await api.post(`/files/${draft.fileToKeep.id}/keep`)
      if (!kept.ok) return setSaving({ state: 'failed', failure: kept.failure })
    }
    draft.forgetDraft()
    onSave(draft.written)
  }

  function choose(chosen: File) {
    setSaving({ state: 'idle' })
    draft.choose(chosen)
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
      {draft.isDraft && (
        <div className="notice" role="status">
          {t('setup.draft_restored')}{' '}
          <button type="button" className="link" onClick={draft.restoreSaved}>
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
            isInvalid={saving.state === 'refused' || isTooLong(message)}
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
                <Counter draft={message} />
              </>
            }
            onChange={value => {
              draft.type(value)
              setIsWriting(true)
              setSaving({ state: 'idle' })
            }}
            onBlur={() => setIsWriting(false)}
            onFile={choose}
          />
          <Fallbacks value={text} fields={fields} onChange={setFallback} />
          <FileField
            file={upload}
            imageUrl={upload.state === 'none' ? null : imageUrl}
            messengers={messengers ?? []}
            isGone={draft.isFileGone}
            unfinished={unfinished}
            isOver={isOver}
            onChoose={choose}
            onRetry={draft.retry}
            onRemove={() => {
              setSaving({ state: 'idle' })
              draft.removeFile()
            }}
          />
        </div>
        <section className="side" aria-label={t('preview.title')}>
          <b className="mute" aria-hidden="true">
            {t('preview.title')}
          </b>
          <Bubble
            text={text}
            file={message.file ?? null}
            imageUrl={message.file ? imageUrl : null}
            valueOf={values.valueOf}
          />
          <DealPicker api={api} values={values} />
          <p className="mute sequence">{messengers && <Sequence messengers={messengers} />}</p>
        </section>
      </div>
      {isDirty && closeAttempts > dismissedAttempts ? (
        <Unsaved
          onStay={() => setDismissedAttempts(closeAttempts)}
          onDiscard={() => {
            draft.forgetDraft()
            onClose()
          }}
        />
      ) : (
        <SaveBar api={api} saving={saving} upload={upload} onSave={() => void save()} />
      )}
    </div>
  )
}

import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { fillMasks, findField, toStored, type MaskField } from '../../../../contracts/masks.ts'
import { MESSAGE_MAX_CHARACTERS } from '../../../../contracts/message.ts'
import type { Recipient } from '../../../../contracts/test-send.ts'
import { filesQuery } from '../../../api/get-files.ts'
import { codeOf } from '../../../lib/client.ts'
import { maskFieldsQuery, recipientValuesQuery } from '../api/recipients.ts'
import { useRehearsal, useTestSend } from '../api/test-send.ts'
import { FieldMenu } from './field-menu.tsx'
import { RecipientPicker } from './recipient-picker.tsx'
import { RehearsalResult, SendResult } from './results.tsx'
import './test-send.css'

type Form = { text: string; fileId: string }
const STORED = 'test-message'

/** A message tried out on a real deal or contact: what would happen, or for real. Never counted. */
export default function TestPage() {
  const { t } = useTranslation()
  const [recipient, setRecipient] = useState<Recipient | null>(null)
  const [isMissing, setIsMissing] = useState(false)
  const form = useForm<Form>({
    defaultValues: {
      text: sessionStorage.getItem(STORED) ?? t('test.default_text'),
      fileId: '',
    },
  })
  const [text, fileId] = useWatch({ control: form.control, name: ['text', 'fileId'] })
  useEffect(() => sessionStorage.setItem(STORED, text), [text])
  const fields = useQuery(maskFieldsQuery).data?.fields ?? []
  const files = useQuery(filesQuery).data?.files.filter(file => file.state === 'ready') ?? []
  const rehearsal = useRehearsal()
  const send = useTestSend()
  const isBusy = rehearsal.isPending || send.isPending

  const submit = (how: 'rehearse' | 'send') =>
    form.handleSubmit(values => {
      setIsMissing(recipient === null)
      if (!recipient || isBusy) return
      const { type, id } = recipient
      const message = {
        entity: { type, id },
        text: toStored(values.text, fields),
        fileId: values.fileId || null,
      }
      rehearsal.reset()
      send.reset()
      if (how === 'rehearse') rehearsal.mutate(message)
      else send.mutate(message)
    })

  const area = useRef<HTMLTextAreaElement>(null)
  const textField = form.register('text', {
    maxLength: {
      value: MESSAGE_MAX_CHARACTERS,
      message: t('test.too_long', { max: MESSAGE_MAX_CHARACTERS }),
    },
    validate: value => value.trim() !== '' || form.getValues('fileId') !== '' || t('test.nothing'),
  })
  const { text: textError } = form.formState.errors
  const file = files.find(one => one.id === fileId)
  const error = rehearsal.error ?? send.error
  return (
    <>
      <header className="page-head">
        <h1>{t('nav.test')}</h1>
      </header>
      <p className="mute lead">{t('test.explained')}</p>
      <div className="test-columns">
        <form className="panel" onSubmit={event => void submit('rehearse')(event)} noValidate>
          <RecipientPicker
            recipient={recipient}
            isMissing={isMissing && recipient === null}
            onPick={setRecipient}
          />
          <div className="field">
            <span className="field-head">
              <label htmlFor="test-text">{t('test.text')}</label>
              <FieldMenu
                fields={fields}
                onPick={mask => form.setValue('text', withInserted(area.current, mask))}
              />
            </span>
            <textarea
              id="test-text"
              className="input"
              rows={5}
              dir="auto"
              aria-invalid={textError !== undefined}
              aria-describedby={textError ? 'test-text-error' : undefined}
              {...textField}
              ref={node => {
                textField.ref(node)
                area.current = node
              }}
            />
            {textError && (
              <span className="field-error" id="test-text-error" role="alert">
                {textError.message}
              </span>
            )}
          </div>
          <label className="field">
            <span>{t('test.file')}</span>
            <select className="input" {...form.register('fileId')}>
              <option value="">{t('test.no_file')}</option>
              {files.map(one => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
          {recipient && (
            <Preview
              recipient={recipient}
              text={text}
              fields={fields}
              fileName={file?.name ?? null}
              imageUrl={file?.kind === 'image' ? file.url : null}
            />
          )}
          <div className="form-actions">
            <button type="submit" className="button primary" aria-disabled={isBusy}>
              {t(rehearsal.isPending ? 'test.rehearsing' : 'test.rehearse')}
            </button>
            <button
              type="button"
              className="button"
              aria-disabled={isBusy}
              onClick={event => void submit('send')(event)}
            >
              {t(send.isPending ? 'activity.sending' : 'test.send')}
            </button>
          </div>
          {error && (
            <p className="notice bad" role="alert">
              {t(`errors.code_${codeOf(error)}`, t('errors.code_internal'))}
            </p>
          )}
        </form>
        <section className="panel result" aria-label={t('test.result')} aria-live="polite">
          {rehearsal.data && <RehearsalResult rehearsal={rehearsal.data} />}
          {send.data && <SendResult runId={send.data.runId} />}
          {!rehearsal.data && !send.data && (
            <p className="mute">{t(isBusy ? 'test.rehearsing' : 'test.result_hint')}</p>
          )}
        </section>
      </div>
    </>
  )
}

/** The text with something put in where the person was writing. */
function withInserted(area: HTMLTextAreaElement | null, inserted: string): string {
  if (!area) return inserted
  const { value, selectionStart, selectionEnd } = area
  return value.slice(0, selectionStart) + inserted + value.slice(selectionEnd)
}

/** The message with the real values of the chosen deal or contact. */
function Preview(props: {
  recipient: Recipient
  text: string
  fields: readonly MaskField[]
  fileName: string | null
  imageUrl: string | null
}) {
  const { recipient, text, fields, fileName, imageUrl } = props
  const { t } = useTranslation()
  const values = useQuery(recipientValuesQuery(recipient.type, recipient.id))
  const filled = fillMasks(text, mask => {
    const field = findField(mask, fields)
    // A field without a value is not among them.
    return field && (values.data?.values[`${field.entity}.${field.code}`] ?? '')
  })
  return (
    <div className="preview">
      <h2>{t('test.preview')}</h2>
      <div className="bubble" aria-busy={values.isPending}>
        {imageUrl && <img src={imageUrl} alt={fileName ?? ''} />}
        {fileName && !imageUrl && <p>📄 {fileName}</p>}
        <p dir="auto">{values.data ? filled.text : '…'}</p>
      </div>
      {values.data && filled.warnings.length > 0 && (
        <p className="mute">
          {t('message.warnings', {
            count: filled.warnings.length,
            masks: filled.warnings.map(warning => warning.mask).join(', '),
          })}
        </p>
      )}
    </div>
  )
}

import { toShown, unknownMasks } from '../../contracts/masks.ts'
import { parseMessage, type Message } from '../../contracts/message.ts'
import type { CardProps } from '../kommo/host.ts'
import { useTexts } from '../texts.tsx'
import { areFieldsKnown, fieldsOf, useFormData } from '../use-form-data.ts'
import { Bubble } from './bubble.tsx'
import { Sequence } from './sequence.tsx'
import { useStoredFile } from './use-stored-file.ts'
import { usePreviewValues } from './use-values.ts'

/** What the editor's card shows: the saved message, or an invitation to write one. */
export function Card({ api, message: json, ...shared }: CardProps) {
  const { t } = useTexts()
  const parsed = parseMessage(json)
  if (parsed.ok) return <SavedMessage api={api} message={parsed.message} {...shared} />
  if (parsed.problem !== 'empty') return <div className="notice bad">{t('card.unreadable')}</div>
  return (
    <div className="empty">
      <svg viewBox="0 0 24 24" width="28" height="28" aria-hidden="true">
        <path
          d="M4 5h16v11H9l-5 4z"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.6"
          strokeLinejoin="round"
        />
      </svg>
      <b>{t('card.empty_title')}</b>
      <span className="mute">{t('card.empty_text')}</span>
    </div>
  )
}

function SavedMessage({ api, message }: { api: CardProps['api']; message: Message }) {
  const { t } = useTexts()
  const { data } = useFormData(api)
  const fields = fieldsOf(data)
  const { deal, valueOf } = usePreviewValues(api, data)
  const file = message.file ?? null
  const stored = useStoredFile(api, file?.id ?? null)
  const unknown = areFieldsKnown(data) ? unknownMasks(message.text, fields) : []
  return (
    <>
      <Bubble
        text={toShown(message.text, fields)}
        file={file}
        imageUrl={file?.kind === 'image' && stored.state === 'stored' ? stored.url : null}
        valueOf={valueOf}
      />
      {unknown.length > 0 && (
        <div className="notice warn">{t('card.unknown_fields', { count: unknown.length })}</div>
      )}
      {stored.state === 'gone' && <div className="notice bad">{t('errors.file_gone')}</div>}
      <p className="mute sequence">
        {deal ? t('preview.with_deal', { deal: deal.name }) : t('preview.with_samples')}{' '}
        {data.state === 'ready' && <Sequence messengers={data.form.messengers} />}
      </p>
    </>
  )
}

import { useEffect, useState } from 'react'
import { parseMessage } from '../../contracts/message.ts'
import type { WidgetFile } from '../../contracts/widget-api.ts'
import type { CardProps, WidgetApi } from '../kommo/host.ts'
import { useTexts } from '../texts.tsx'
import { fieldsOf, useFormData } from '../use-form-data.ts'
import { Bubble } from './bubble.tsx'

/** What the editor's card shows: the saved message, or an invitation to write one. */
export function Card({ api, message: json }: CardProps) {
  const { t } = useTexts()
  const { data } = useFormData(api)
  const parsed = parseMessage(json)
  const file = parsed.ok ? (parsed.message.file ?? null) : null
  const fileUrl = useFileUrl(api, file?.kind === 'image' ? file.id : null)
  if (!parsed.ok && parsed.problem === 'empty') {
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
  if (!parsed.ok) return <div className="notice bad">{t('card.unreadable')}</div>
  return (
    <>
      <Bubble text={parsed.message.text} file={file} fileUrl={fileUrl} fields={fieldsOf(data)} />
      {data.state === 'ready' && <Sequence messengers={data.form.messengers} />}
    </>
  )
}

/** "First an existing chat, then WhatsApp, then Telegram." */
export function Sequence({ messengers }: { messengers: readonly { name: string }[] }) {
  const { t } = useTexts()
  const rest = messengers.map(({ name }) => t('preview.then', { messenger: name })).join(', ')
  return (
    <p className="mute sequence">
      {messengers.length === 0 ? t('preview.no_messenger') : t('preview.sequence', { rest })}
    </p>
  )
}

/** The signed address of a stored image, for as long as the card shows it. */
export function useFileUrl(api: WidgetApi, fileId: string | null): string | null {
  const [found, setFound] = useState<{ id: string; url: string | null } | null>(null)
  useEffect(() => {
    if (fileId === null) return undefined
    let isCurrent = true
    void api.get<WidgetFile>(`/files/${fileId}`).then(result => {
      if (isCurrent && result.ok) setFound({ id: fileId, url: result.value.url })
    })
    return () => {
      isCurrent = false
    }
  }, [api, fileId])
  return found?.id === fileId ? found.url : null
}

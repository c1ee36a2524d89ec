import { useTranslation } from 'react-i18next'
import type { Timeline } from '../../contracts/activity.ts'
import { formatBytes } from '../lib/format.ts'

/** The message as it leaves: each part as the client gets it. */
export function MessageBubble({ parts }: { parts: Timeline['parts'] }) {
  const { t, i18n } = useTranslation()
  return (
    <div className="bubbles" role="group" aria-label={t('message.label')}>
      {parts.map((part, index) => (
        <div className="bubble" key={`${part.kind}-${index}`}>
          {part.kind === 'text' ? (
            <p dir="auto">{part.text}</p>
          ) : (
            <>
              {part.kind === 'image' && part.url ? (
                <img src={part.url} alt={part.name} />
              ) : (
                <p className="bubble-file">
                  <span aria-hidden="true">{part.kind === 'image' ? '🖼' : '📄'}</span>{' '}
                  {part.url ? (
                    <a href={part.url} dir="auto">
                      {part.name}
                    </a>
                  ) : (
                    <span dir="auto">{part.name || t('message.file_gone')}</span>
                  )}{' '}
                  <span className="mute">{formatBytes(part.size, i18n.language)}</span>
                </p>
              )}
              {part.caption && <p dir="auto">{part.caption}</p>}
            </>
          )}
        </div>
      ))}
    </div>
  )
}

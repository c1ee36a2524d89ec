import { parseTemplate, type Mask } from '../../contracts/masks.ts'
import type { MessageFile } from '../../contracts/message.ts'
import { FileIcon } from '../file-icon.tsx'
import { formatBytes } from '../format.ts'
import { useTexts } from '../texts.tsx'

/** The message as the client will see it: masks filled, the image or the file on top. */
export function Bubble(props: {
  text: string
  file: MessageFile | null
  imageUrl: string | null
  valueOf: (mask: Mask) => string | undefined
}) {
  const { text, file, imageUrl, valueOf } = props
  const { t, language } = useTexts()
  const isImage = file?.kind === 'image' && imageUrl !== null
  const now = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' })
  return (
    <div className="bubble" role="group" aria-label={t('preview.label')}>
      {isImage && <img src={imageUrl} alt={file.name} />}
      {file && !isImage && (
        <div className="bubble-file">
          <FileIcon name={file.name} isImage={file.kind === 'image'} />
          <span>
            <b dir="auto">{file.name}</b>
            <span className="mute">{formatBytes(file.size, language)}</span>
          </span>
        </div>
      )}
      {text.trim() === '' && !file && <p className="mute">{t('card.empty_title')}</p>}
      {text.trim() !== '' && (
        <p dir="auto">
          {parseTemplate(text).map(part =>
            part.kind === 'text' ? (
              part.text
            ) : (
              <Value key={part.start} raw={part.raw} mask={part.mask} value={valueOf(part.mask)} />
            ),
          )}
        </p>
      )}
      <span className="bubble-time" aria-hidden="true">
        {now.format()} ✓✓
      </span>
    </div>
  )
}

/** A filled mask; what is sent where it is empty; or, struck out, that nothing is. */
function Value({ raw, mask, value }: { raw: string; mask: Mask; value: string | undefined }) {
  const { t } = useTexts()
  const shown = value?.trim() ? value : mask.fallback
  if (shown) return <b dir="auto">{shown}</b>
  if (value === undefined) {
    return (
      <del className="mask bad" title={t('preview.unknown_value')}>
        {raw}
      </del>
    )
  }
  return (
    <span className="blank" title={t('preview.empty_value', { field: raw })}>
      {t('preview.empty')}
    </span>
  )
}

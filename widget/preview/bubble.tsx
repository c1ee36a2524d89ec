import { parseTemplate, toShown, type MaskField } from '../../contracts/masks.ts'
import type { MessageFile } from '../../contracts/message.ts'
import { formatBytes } from '../format.ts'
import { useTexts } from '../texts.tsx'

/** The message as it will look: masks marked, the image or the file on top. */
export function Bubble(props: {
  text: string
  file: MessageFile | null
  fileUrl: string | null
  fields: readonly MaskField[]
}) {
  const { text, file, fileUrl, fields } = props
  const { t, language } = useTexts()
  return (
    <div className="bubble" role="group" aria-label={t('preview.label')}>
      {file?.kind === 'image' && fileUrl !== null && <img src={fileUrl} alt={file.name} />}
      {file && (file.kind === 'file' || fileUrl === null) && (
        <div className="bubble-file">
          <span aria-hidden="true">{file.kind === 'image' ? '🖼' : '📄'}</span>
          <span>
            <b>{file.name}</b>
            <span className="mute">{formatBytes(file.size, language)}</span>
          </span>
        </div>
      )}
      {text.trim() !== '' && (
        <p dir="auto">
          {parseTemplate(toShown(text, fields)).map(part =>
            part.kind === 'text' ? (
              part.text
            ) : (
              <span className="mask" key={part.start}>
                {part.raw.slice(1, -1).replace(/\|.*$/u, '')}
              </span>
            ),
          )}
        </p>
      )}
    </div>
  )
}

import {
  encodedBytes,
  MESSAGE_MAX_BYTES,
  MESSAGE_MAX_CHARACTERS,
  writeMessage,
  type Message,
} from '../../contracts/message.ts'
import { useTexts } from '../texts.tsx'

const KB = 1024

export function isTooLong(draft: Message): boolean {
  return (
    draft.text.length > MESSAGE_MAX_CHARACTERS ||
    encodedBytes(writeMessage(draft)) > MESSAGE_MAX_BYTES
  )
}

/** Characters, and the bytes that the message takes of what Kommo gives a whole bot. */
export function Counter({ draft }: { draft: Message }) {
  const { t, language } = useTexts()
  const count = new Intl.NumberFormat(language)
  const size = new Intl.NumberFormat(language, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  })
  const bytes = encodedBytes(writeMessage(draft))
  return (
    <span className={isTooLong(draft) ? 'counter bad' : 'counter mute'}>
      {t('setup.characters', {
        used: count.format(draft.text.length),
        limit: count.format(MESSAGE_MAX_CHARACTERS),
      })}
      {' · '}
      {t('setup.kilobytes', {
        used: size.format(bytes / KB),
        limit: count.format(MESSAGE_MAX_BYTES / KB),
      })}
    </span>
  )
}

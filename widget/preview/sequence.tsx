import type { WidgetForm } from '../../contracts/widget-api.ts'
import { useTexts } from '../texts.tsx'

/** "First an existing chat, then WhatsApp, then Telegram." */
export function Sequence({ messengers }: { messengers: WidgetForm['messengers'] }) {
  const { t } = useTexts()
  const rest = messengers.map(({ name }) => t('preview.then', { messenger: name })).join(', ')
  return messengers.length === 0 ? t('preview.no_messenger') : t('preview.sequence', { rest })
}

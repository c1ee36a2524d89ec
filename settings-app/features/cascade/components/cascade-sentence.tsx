import { Fragment } from 'react'
import { Trans, useTranslation } from 'react-i18next'
import type { MessengerView } from '../../../../contracts/cascade.ts'
import { formatSeconds } from '../../../lib/format.ts'

/** What will happen to a message, in one sentence that changes with the settings. */
export function CascadeSentence({ messengers }: { messengers: readonly MessengerView[] }) {
  const { t, i18n } = useTranslation()
  const used = messengers.filter(
    messenger =>
      messenger.isOn && messenger.canWriteFirst && messenger.connections.some(one => one.ticked),
  )
  if (used.length === 0) {
    return (
      <p className="notice warn" role="status">
        {t('cascade.sentence_none')}
      </p>
    )
  }
  return (
    <p className="sentence">
      <Trans i18nKey="cascade.sentence_start" components={{ b: <b /> }} />{' '}
      {used.map((messenger, index) => (
        <Fragment key={messenger.type}>
          {index > 0 && `, ${t('cascade.sentence_then')} `}
          <b>{messenger.name}</b> <i>{formatSeconds(messenger.waitSeconds, i18n.language)}</i>
        </Fragment>
      ))}
      {'. '}
      {t('cascade.sentence_end')}
    </p>
  )
}

import { unclosedMasks, unknownMasks, type MaskField } from '../../contracts/masks.ts'
import { useTexts } from '../texts.tsx'

/** Masks that name no field or were not closed, each with a mend by one click where one is near. */
export function MaskProblems(props: {
  value: string
  fields: readonly MaskField[]
  areFieldsKnown: boolean
  /** While the person writes, a mask without its bracket is not wrong yet. */
  isWriting: boolean
  onMend: (start: number, end: number, mask: string) => void
}) {
  const { value, fields, areFieldsKnown, isWriting, onMend } = props
  const { t } = useTexts()
  const unknown = areFieldsKnown ? unknownMasks(value, fields) : []
  const unclosed = unclosedMasks(value, fields)
  if (unknown.length + unclosed.length === 0) {
    return <span className="mute">{t('setup.type_bracket')}</span>
  }
  return (
    <ul className="problems">
      {unclosed.length > 0 && isWriting && <li className="mute">{t('setup.close_bracket')}</li>}
      {[
        ...unknown.map(one => ({ ...one, text: t('setup.unknown_field', { mask: one.raw }) })),
        ...(isWriting ? [] : unclosed).map(one => ({
          ...one,
          text: t('setup.unclosed_field', { mask: one.raw }),
        })),
      ].map(({ start, end, text, suggestion }) => (
        <li key={start}>
          <span className="bad">{text}</span>{' '}
          {suggestion !== undefined && (
            <button type="button" className="link" onClick={() => onMend(start, end, suggestion)}>
              {t('setup.did_you_mean', { mask: suggestion })}
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}

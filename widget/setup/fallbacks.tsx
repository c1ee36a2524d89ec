import { useState, type KeyboardEvent } from 'react'
import { findField, parseTemplate, type Mask, type MaskField } from '../../contracts/masks.ts'
import { useTexts } from '../texts.tsx'
import { labelOf } from './mask-options.ts'

/** What to write where a field is empty, for each field of the message. */
export function Fallbacks(props: {
  value: string
  fields: readonly MaskField[]
  /**
   * Sets the text to use instead of a field, everywhere in the message; '' takes it away. `goingTo` is
   * what the person has gone on to.
   */
  onChange: (field: MaskField, fallback: string, goingTo: Element | null) => void
}) {
  const { value, fields, onChange } = props
  const { t } = useTexts()
  const used = new Map<MaskField, Mask>()
  for (const part of parseTemplate(value)) {
    const field = part.kind === 'mask' && findField(part.mask, fields)
    if (field && !used.has(field)) used.set(field, part.mask)
  }
  if (used.size === 0) return null
  return (
    <fieldset className="fallbacks">
      <legend className="mute">{t('setup.fallbacks')}</legend>
      {[...used].map(([field, mask]) => (
        <Fallback
          key={`${field.entity}.${field.code}|${mask.fallback ?? ''}`}
          label={`${t(`entities.${field.entity}`)} · ${labelOf(field, key => t(key))}`}
          fallback={mask.fallback ?? ''}
          onChange={(fallback, goingTo) => onChange(field, fallback, goingTo)}
        />
      ))}
    </fieldset>
  )
}

/** Changes the text only when it is left or confirmed: the text keeps the browser's own undo. */
function Fallback(props: {
  label: string
  fallback: string
  onChange: (value: string, goingTo: Element | null) => void
}) {
  const { label, fallback, onChange } = props
  const { t } = useTexts()
  const [typed, setTyped] = useState(fallback)
  return (
    <label>
      <span className="mask">{label}</span>
      <input
        className="input"
        dir="auto"
        value={typed}
        placeholder={t('setup.fallback_placeholder')}
        // What would end the mask or start another cannot stand in it.
        onChange={event => setTyped(event.target.value.replaceAll(/[[\n]/gu, ''))}
        onBlur={event => {
          if (typed !== fallback) onChange(typed, event.relatedTarget)
        }}
        onKeyDown={(event: KeyboardEvent<HTMLInputElement>) => {
          if (event.key !== 'Enter' || event.nativeEvent.isComposing) return
          // Left to itself it would break the line in the text, which has the focus by then.
          event.preventDefault()
          event.currentTarget.blur()
        }}
      />
    </label>
  )
}

import { useId, type ComponentProps } from 'react'

/** An input with its label, a hint and the error that belongs to it. */
export function TextField(
  props: ComponentProps<'input'> & {
    label: string
    hint?: string | undefined
    error?: string | undefined
  },
) {
  const { label, hint, error, ...input } = props
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        aria-invalid={error !== undefined}
        aria-describedby={error ? `${id}-error` : hint ? `${id}-hint` : undefined}
        {...input}
      />
      {error ? (
        <span className="field-error" id={`${id}-error`} role="alert">
          {error}
        </span>
      ) : (
        hint && (
          <span className="mute" id={`${id}-hint`}>
            {hint}
          </span>
        )
      )}
    </div>
  )
}

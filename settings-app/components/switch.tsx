/** On or off, at once. */
export function Switch(props: {
  isOn: boolean
  isDisabled?: boolean
  label?: string
  labelledBy?: string
  onChange: (isOn: boolean) => void
}) {
  const { isOn, isDisabled = false, label, labelledBy, onChange } = props
  return (
    <button
      type="button"
      role="switch"
      className="switch"
      aria-checked={isOn}
      aria-label={label}
      aria-labelledby={labelledBy}
      disabled={isDisabled}
      onClick={() => onChange(!isOn)}
    >
      <span className="switch-thumb" />
    </button>
  )
}

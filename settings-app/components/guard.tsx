/** Asks before something that leaves nothing to send with. */
export function Guard(props: {
  text: string
  confirm: string
  keep: string
  onConfirm: () => void
  onKeep: () => void
}) {
  const { text, confirm, keep, onConfirm, onKeep } = props
  return (
    <div className="notice warn guard" role="alert">
      {text}{' '}
      <button type="button" className="button" onClick={onConfirm}>
        {confirm}
      </button>
      <button type="button" className="button" onClick={onKeep}>
        {keep}
      </button>
    </div>
  )
}

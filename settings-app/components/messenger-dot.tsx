const COLOURS: Readonly<Record<string, string>> = {
  whatsapp: '#25b863',
  waba: '#128c7e',
  telegram_personal: '#2aa4e6',
  telegram_bot: '#2aa4e6',
  max_personal: '#7a5cff',
}

/** A messenger's colour, beside its name. */
export function MessengerDot({ type }: { type: string }) {
  return <span className="dot" style={{ background: COLOURS[type] ?? '#8a97a3' }} />
}

/** One thing that was looked at, in words for whoever operates this. */
export type Finding = {
  level: 'ok' | 'warn' | 'fail'
  /** What was looked at, and how it is. */
  text: string
  /** What to do about it. */
  advice?: string
}

export const ok = (text: string): Finding => ({ level: 'ok', text })
export const warn = (text: string, advice: string): Finding => ({ level: 'warn', text, advice })
export const fail = (text: string, advice: string): Finding => ({ level: 'fail', text, advice })

/** The message of whatever was thrown, without its stack. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}

const KB = 1024
const MB = KB * KB

/** A size as people read it, such as `8.1 MB`. */
export function formatBytes(bytes: number, language: string): string {
  const [value, unit] =
    bytes >= MB / 10 ? [bytes / MB, 'MB'] : bytes >= KB ? [bytes / KB, 'KB'] : [bytes, 'B']
  const digits = value < 10 && unit !== 'B' ? 1 : 0
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)} ${unit}`
}

export function formatPercent(share: number, language: string): string {
  return new Intl.NumberFormat(language, { style: 'percent' }).format(share)
}

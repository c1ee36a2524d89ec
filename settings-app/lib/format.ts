/** A duration with its unit, such as `60 s`, `5 min`, `2 h`. */
export function formatSeconds(seconds: number, language: string): string {
  const [value, unit] =
    seconds >= 7200 && seconds % 3600 === 0
      ? [seconds / 3600, 'hour']
      : seconds >= 300 && seconds % 60 === 0
        ? [seconds / 60, 'minute']
        : [seconds, 'second']
  return inUnit(value, unit, language)
}

/** How long something took, in one or two units: `0.4 s`, `7 s`, `1 min 7 s`, `2 h 3 min`. */
export function formatDuration(ms: number, language: string): string {
  const seconds = ms / 1000
  if (seconds < 10) return inUnit(Math.round(seconds * 10) / 10, 'second', language)
  const whole = Math.round(seconds)
  if (whole < 60) return inUnit(whole, 'second', language)
  if (whole < 3600) return both(whole, 60, 'minute', 'second', language)
  const minutes = Math.round(whole / 60)
  return minutes < 1440
    ? both(minutes, 60, 'hour', 'minute', language)
    : both(Math.round(minutes / 60), 24, 'day', 'hour', language)
}

function both(count: number, per: number, large: string, small: string, language: string): string {
  const rest = count % per
  const first = inUnit(Math.floor(count / per), large, language)
  return rest === 0 ? first : `${first} ${inUnit(rest, small, language)}`
}

function inUnit(value: number, unit: string, language: string): string {
  return numberFormatter(language, { style: 'unit', unit, unitDisplay: 'short' }).format(value)
}

export function formatTime(iso: string, language: string): string {
  return formatter(language, { hour: '2-digit', minute: '2-digit' }).format(new Date(iso))
}

export function formatExactTime(iso: string, language: string): string {
  const options = {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  } as const
  return formatter(language, options).format(new Date(iso))
}

/** A moment as people say it: the time today, else with the day. */
export function formatMoment(iso: string, language: string, now = new Date()): string {
  const date = new Date(iso)
  const isToday = date.toDateString() === now.toDateString()
  if (isToday) return formatTime(iso, language)
  const isThisYear = date.getFullYear() === now.getFullYear()
  return formatter(language, {
    day: 'numeric',
    month: 'short',
    ...(isThisYear ? {} : { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
  }).format(date)
}

export function formatDate(iso: string, language: string): string {
  return formatter(language, { dateStyle: 'medium' }).format(new Date(iso))
}

/** A day of the account's, such as `2026-11-22`, which is the same day everywhere. */
export function formatDay(day: string, language: string): string {
  const options = { day: 'numeric', month: 'short', timeZone: 'UTC' } as const
  return formatter(language, options).format(new Date(`${day}T00:00:00Z`))
}

export function formatAgo(iso: string, language: string, now = Date.now()): string {
  const seconds = Math.round((Date.parse(iso) - now) / 1000)
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  if (seconds > -60) return format.format(0, 'minute')
  if (seconds > -3600) return format.format(Math.round(seconds / 60), 'minute')
  if (seconds > -86_400) return format.format(Math.round(seconds / 3600), 'hour')
  return format.format(Math.round(seconds / 86_400), 'day')
}

export function formatNumber(value: number, language: string): string {
  return numberFormatter(language, {}).format(value)
}

/** A share of a whole in percent; a dash where there is no whole. */
export function formatShare(part: number, whole: number, language: string): string {
  if (whole === 0) return '–'
  return numberFormatter(language, { style: 'percent' }).format(part / whole)
}

export function formatBytes(bytes: number, language: string): string {
  const [value, unit] =
    bytes >= 1024 ** 3
      ? [bytes / 1024 ** 3, 'gigabyte']
      : bytes >= 1024 ** 2
        ? [bytes / 1024 ** 2, 'megabyte']
        : [Math.ceil(bytes / 1024), 'kilobyte']
  return numberFormatter(language, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  }).format(value)
}

/** Making a formatter costs far more than using it, and lists use them for every line. */
const numberFormatters = new Map<string, Intl.NumberFormat>()
function numberFormatter(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = language + JSON.stringify(options)
  const known = numberFormatters.get(key) ?? new Intl.NumberFormat(language, options)
  numberFormatters.set(key, known)
  return known
}

const formatters = new Map<string, Intl.DateTimeFormat>()
function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options)
  const known = formatters.get(key) ?? new Intl.DateTimeFormat(language, options)
  formatters.set(key, known)
  return known
}

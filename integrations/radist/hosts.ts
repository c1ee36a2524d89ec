import type { Network } from '../request.ts'

/**
 * Our key and our requests go to Radist alone, whatever an account says its host is: `radist.online` and
 * what is below it, over https, or the host that the operator named.
 * Known are api.radist.online and api-ru.radist.online (reference: Radist and its peers, section 1).
 */
export function isRadistUrl(text: string, operatorUrl: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return false
  if (url.origin === new URL(operatorUrl).origin) return true
  return url.protocol === 'https:' && url.port === '' && isRadists(url.hostname)
}

/** Another host than Radist's own is one that the operator named, or stands beside it: an emulator's. */
export function networkOf(url: string, operatorUrl: string): Network {
  const { origin, hostname } = new URL(url)
  const operator = new URL(operatorUrl)
  const isOperators = origin === operator.origin && !isRadists(hostname)
  return isOperators || (isLoopback(hostname) && isLoopback(operator.hostname)) ? 'any' : 'outside'
}

function isLoopback(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

function isRadists(hostname: string): boolean {
  return hostname === 'radist.online' || hostname.endsWith('.radist.online')
}

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
  const isOwn = url.hostname === 'radist.online' || url.hostname.endsWith('.radist.online')
  return url.protocol === 'https:' && url.port === '' && isOwn
}

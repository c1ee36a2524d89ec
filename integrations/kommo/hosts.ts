import type { Network } from '../request.ts'

/**
 * Where Kommo is. `kommoUrl` is an account's address, in which `{subdomain}` stands for its name; without
 * that word all is on one host, as with an emulator. Our secret and our tokens go to these hosts alone.
 */
const PLACEHOLDER = '{subdomain}'
const CONSENT_HOST = 'www'

/** One host for all accounts is one that the operator named, as for an emulator. */
export function networkOf(kommoUrl: string): Network {
  return kommoUrl.includes(PLACEHOLDER) ? 'outside' : 'any'
}

export function accountUrlOf(kommoUrl: string, subdomain: string): string {
  return kommoUrl.replace(PLACEHOLDER, subdomain)
}

/** The origin at which a host of Kommo's answers, or null for any other host. */
export function originOfHost(kommoUrl: string, host: string): string | null {
  const label = labelOf(kommoUrl, host)
  return label === null ? null : accountUrlOf(kommoUrl, label)
}

/**
 * The account's subdomain from the `referer` of an installation: `flowers.kommo.com`, with or without
 * a scheme before it. @returns null for what is no host of Kommo's
 */
export function subdomainOfReferer(kommoUrl: string, referer: string): string | null {
  const host = referer
    .trim()
    .replace(/^https?:\/\//iu, '')
    .replace(/\/$/u, '')
  return labelOf(kommoUrl, host)
}

/** Kommo's page on which a person agrees (Kommo server side, section 2). */
export function consentUrlOf(kommoUrl: string, clientId: string, state: string): string {
  const query = new URLSearchParams({ client_id: clientId, state, mode: 'popup' })
  return `${accountUrlOf(kommoUrl, CONSENT_HOST)}/oauth?${query}`
}

/** The part of a host that stands for `{subdomain}`; null unless all the rest is Kommo's. */
function labelOf(kommoUrl: string, host: string): string | null {
  const lower = host.toLowerCase()
  if (!kommoUrl.includes(PLACEHOLDER)) return lower === new URL(kommoUrl).host ? '' : null
  const pattern = /^https?:\/\/([^/]+)/u.exec(kommoUrl)?.[1] ?? ''
  const [before = '', after = ''] = pattern.split(PLACEHOLDER)
  if (!lower.startsWith(before) || !lower.endsWith(after)) return null
  const label = lower.slice(before.length, lower.length - after.length)
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u.test(label) ? label : null
}

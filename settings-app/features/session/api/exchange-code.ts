import { call, client } from '../../../lib/client.ts'

/** Exchanges the code in the link's fragment for a session cookie, and takes it out of the address. */
export async function exchangeCode(): Promise<'none' | 'signed_in' | 'failed'> {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code === null) return 'none'
  history.replaceState(null, '', location.pathname + location.search)
  try {
    await call(client.api.session.$post({ json: { code } }))
    return 'signed_in'
  } catch {
    return 'failed'
  }
}

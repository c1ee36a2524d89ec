const CONTINUE_PATH = /^\/api\/v4\/(?:salesbot|marketingbot)\/\d+\/continue\/\d+$/u

/**
 * Our admin token goes to the return URL, and `return_url` is not signed: it must be the continue
 * address of a bot of the token's own account, and nothing else.
 * @param accountUrl the account's address; plain http only where that is loopback (an emulator)
 */
export function isReturnUrlOf(returnUrl: string, accountUrl: string): boolean {
  if (!URL.canParse(returnUrl) || returnUrl !== returnUrl.trim() || returnUrl.includes('\\')) {
    return false
  }
  const url = new URL(returnUrl)
  const account = new URL(accountUrl)
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(account.hostname)
  const scheme = isLoopback ? account.protocol : 'https:'
  return (
    url.protocol === scheme &&
    url.host === account.host &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '' &&
    CONTINUE_PATH.test(url.pathname)
  )
}

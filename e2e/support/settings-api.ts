import type { startInProcess } from './in-process.ts'
import { signIn } from './sign-in.ts'

type Stack = Awaited<ReturnType<typeof startInProcess>>

/** The API as the settings app calls it, signed in as a person. */
export async function settingsApi(
  stack: Stack,
  user: { id: number; isAdmin: boolean } = { id: 504, isAdmin: true },
) {
  return settingsApiOf(stack.url, await signIn(stack, user))
}

/** The same for whoever has a session's cookie. */
export function settingsApiOf(url: string, cookie: string) {
  return async (path: string, method = 'GET', body?: unknown): Promise<Response> =>
    fetch(`${url}/api${path}`, {
      method,
      headers: {
        cookie,
        origin: url,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
}

import { pageToken } from '../../emulators/kommo/tokens.ts'
import type { startInProcess } from './in-process.ts'

type Stack = Awaited<ReturnType<typeof startInProcess>>
type User = { id: number; isAdmin: boolean }

/** The one-time code that the widget gets for this user. */
export async function signInCode(stack: Stack, user: User): Promise<string> {
  const token = await pageToken(stack.integration, stack.kommo.url, user)
  const answer = await fetch(`${stack.url}/api/widget/sign-in`, {
    method: 'POST',
    headers: { 'x-auth-token': token },
  })
  const { url } = (await answer.json()) as { url: string }
  return new URLSearchParams(new URL(url).hash.slice(1)).get('code') ?? ''
}

/** @returns the session's cookie */
export async function signIn(stack: Stack, user: User): Promise<string> {
  const answer = await fetch(`${stack.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: stack.url },
    body: JSON.stringify({ code: await signInCode(stack, user) }),
  })
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

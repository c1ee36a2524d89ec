import type { BrowserCommand } from 'vitest/node'
import { createApp } from '../../api/app.ts'
import { startInProcess } from './in-process.ts'
import { signIn } from './sign-in.ts'
import { pageToken } from '../../emulators/kommo/tokens.ts'

/** A request as it passes from the browser to the process that has the real API app. */
export type PassedRequest = {
  method: string
  path: string
  headers: Record<string, string>
  bodyBase64: string
}
export type PassedResponse = { status: number; headers: Record<string, string>; bodyBase64: string }

type Product = {
  stop: () => Promise<void>

  fetch: (request: Request) => Response | Promise<Response>
  token: string
  origin: string
  /** Of an admin who is signed in to the settings. */
  session: { cookie: string; origin: string }
}
let product: Promise<Product> | null = null

/** The product and the emulated Kommo and Radist, once for all component tests. */
async function start(): Promise<Product> {
  const stack = await startInProcess()
  const token = await pageToken(stack.integration, stack.kommo.url, { id: 504, isAdmin: true })
  const app = createApp(stack.services)
  const { origin } = new URL(stack.kommo.url)
  const cookie = await signIn(stack, { id: 504, isAdmin: true })
  return {
    fetch: request => app.fetch(request),
    token,
    origin,
    session: { cookie, origin: stack.url },
    stop: () => stack.stop(),
  }
}

/** Vite's server closes when the tests have ended. */
export const stopProduct = {
  name: 'stop-product',
  async buildEnd() {
    const running = await product
    product = null
    await running?.stop()
  },
}

/** Answers a component's request with the real API app, as Kommo's page or the settings would have asked. */
export const api: BrowserCommand<[PassedRequest]> = async (
  _context,
  request,
): Promise<PassedResponse> => {
  product ??= start()
  const { fetch, token, origin, session } = await product
  const isWidget = request.path.startsWith('/api/widget/')
  const body = Buffer.from(request.bodyBase64, 'base64')
  const answer = await fetch(
    new Request(`http://localhost${request.path}`, {
      method: request.method,
      headers: {
        ...request.headers,
        ...(isWidget ? { origin, 'x-auth-token': token } : session),
      },
      ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
    }),
  )
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    bodyBase64: Buffer.from(await answer.arrayBuffer()).toString('base64'),
  }
}

import { http, HttpResponse } from 'msw'
import { setupWorker } from 'msw/browser'
import { commands } from 'vitest/browser'
import type { ApiResult, WidgetApi } from '../kommo/host.ts'
import type { PassedRequest, PassedResponse } from '../../e2e/support/api-command.ts'

declare module 'vitest/browser' {
  interface BrowserCommands {
    api: (request: PassedRequest) => Promise<PassedResponse>
  }
}

export const SERVER_URL = 'https://product.test'

/** Whatever the widget asks goes to the real API app; a test may put its own answer before that. */
export const product = setupWorker(
  http.all(`${SERVER_URL}/*`, async ({ request }) => {
    const url = new URL(request.url)
    const bytes = new Uint8Array(await request.arrayBuffer())
    const answer = await commands.api({
      method: request.method,
      path: url.pathname + url.search,
      headers: Object.fromEntries(request.headers),
      bodyBase64: toBase64(bytes),
    })
    const body = Uint8Array.from(atob(answer.bodyBase64), letter => letter.charCodeAt(0))
    const isEmpty = [204, 304].includes(answer.status) || request.method === 'HEAD'
    return new HttpResponse(isEmpty ? null : body, answer)
  }),
)

/** Once for all test files: a worker that is taken away and wanted again at once may not come back. */
let started: Promise<unknown> | null = null
export async function startProduct(): Promise<void> {
  started ??= product.start({ quiet: true, onUnhandledFrame: 'bypass' })
  await started
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

/** The widget's API without Kommo's page: the token is added behind the scenes. */
export function createTestApi(): WidgetApi {
  async function call<T>(method: string, path: string): Promise<ApiResult<T>> {
    try {
      const response = await fetch(`${SERVER_URL}/api/widget${path}`, { method })
      const body = (await response.json().catch(() => null)) as T & {
        error?: { code: string; message: string }
      }
      if (response.ok) return { ok: true, value: body }
      const error = body?.error ?? { code: 'unreachable', message: null }
      return { ok: false, failure: { ...error, status: response.status } }
    } catch {
      return { ok: false, failure: { code: 'unreachable', message: null, status: 0 } }
    }
  }
  return {
    serverUrl: SERVER_URL,
    get: path => call('GET', path),
    post: path => call('POST', path),
    token: () => Promise.resolve('added-by-the-test'),
    cancel: () => undefined,
  }
}

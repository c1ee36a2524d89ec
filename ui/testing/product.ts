import { http, HttpResponse } from 'msw'
import { setupWorker } from 'msw/browser'
import { commands } from 'vitest/browser'
import type { PassedRequest, PassedResponse } from '../../e2e/support/api-command.ts'

declare module 'vitest/browser' {
  interface BrowserCommands {
    api: (request: PassedRequest) => Promise<PassedResponse>
  }
}

export const SERVER_URL = 'https://product.test'

/**
 * Whatever the widget (at the server's address) or the settings app (at its own page's) asks goes to the
 * real API app; a test may put its own answer before that.
 */
export const product = setupWorker(
  http.all(`${SERVER_URL}/*`, ({ request }) => pass(request)),
  http.all(`${location.origin}/api/*`, ({ request }) => pass(request)),
)

async function pass(request: Request): Promise<Response> {
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
}

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

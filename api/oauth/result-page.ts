import type { Context } from 'hono'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ApiErrorCode } from '../../contracts/errors.ts'
import { loadTexts, plainPage } from '../plain-page.ts'

const textsFor = await loadTexts('oauth')

/** What a person sees who comes back from Kommo's consent page; Kommo itself reads the status alone. */
export function resultPage(
  context: Context,
  code: ApiErrorCode | null,
  status: ContentfulStatusCode,
): Response | Promise<Response> {
  const { language, t } = textsFor(context)
  const title = t(code === null ? 'connected' : 'not_connected')
  context.header('cache-control', 'no-store')
  const body = html`<h1>${code === null ? '✓' : '✕'} ${title}</h1>
    <p>${t([code ?? 'next', 'failed'])}</p>`
  return plainPage(context, { language, title, body, status })
}

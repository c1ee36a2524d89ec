import { readFileSync } from 'node:fs'
import i18next from 'i18next'
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ApiErrorCode } from '../../contracts/errors.ts'
import { LOCALES, localeOf } from '../../contracts/locales.ts'

const texts = i18next.createInstance()
await texts.init({
  fallbackLng: 'en',
  interpolation: { escapeValue: false },
  resources: Object.fromEntries(
    LOCALES.map(locale => [
      locale,
      {
        translation: JSON.parse(
          readFileSync(new URL(`../../i18n/oauth/${locale}.json`, import.meta.url), 'utf8'),
        ) as Record<string, string>,
      },
    ]),
  ),
})

/** What a person sees who comes back from Kommo's consent page; Kommo itself reads the status alone. */
export function resultPage(
  context: Context,
  code: ApiErrorCode | null,
  status: ContentfulStatusCode,
): Response | Promise<Response> {
  const language = localeOf(context.req.header('accept-language'))
  const t = texts.getFixedT(language)
  const title = t(code === null ? 'connected' : 'not_connected')
  const advice = t([code ?? 'next', 'failed'])
  context.header(
    'content-security-policy',
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  )
  context.header('referrer-policy', 'no-referrer')
  context.header('cache-control', 'no-store')
  return context.html(
    html`<!doctype html>
      <html lang="${language}">
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Radist.Online · Kommo</title>
        <style>
          :root {
            color-scheme: light dark;
            font:
              16px/1.5 system-ui,
              sans-serif;
          }
          main {
            max-width: 34rem;
            margin: 18vh auto 0;
            padding: 0 1.5rem;
          }
          h1 {
            font-size: 1.4rem;
          }
        </style>
        <main>
          <h1>${code === null ? '✓' : '✕'} ${title}</h1>
          <p>${advice}</p>
        </main>
      </html>`,
    status,
  )
}

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import i18next, { type TFunction } from 'i18next'
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { localeOf } from '../contracts/locales.ts'

/** Texts of `i18n/<folder>` in the language of whoever asks. */
export async function loadTexts(
  folder: string,
): Promise<(context: Context) => { language: string; t: TFunction }> {
  const texts = i18next.createInstance()
  const at = path.resolve(import.meta.dirname, '../i18n', folder)
  await texts.init({
    fallbackLng: 'en',
    interpolation: { escapeValue: false },
    resources: Object.fromEntries(
      readdirSync(at).map(file => [
        path.basename(file, '.json'),
        {
          translation: JSON.parse(readFileSync(path.join(at, file), 'utf8')) as Record<
            string,
            string
          >,
        },
      ]),
    ),
  })
  return context => {
    const language = localeOf(context.req.header('accept-language'))
    return { language, t: texts.getFixedT(language) }
  }
}

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif; }
  main { max-width: 38rem; margin: 12vh auto 4rem; padding: 0 1.5rem; overflow-wrap: anywhere; }
  h1 { font-size: 1.4rem; }
`

/** A page of a few words, without scripts. */
export function plainPage(
  context: Context,
  page: {
    language: string
    title: string
    body: HtmlEscapedString | Promise<HtmlEscapedString>
    status?: ContentfulStatusCode
  },
): Response | Promise<Response> {
  const { language, title, body, status = 200 } = page
  context.header(
    'content-security-policy',
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  )
  context.header('referrer-policy', 'no-referrer')
  context.header('x-content-type-options', 'nosniff')
  return context.html(
    html`<!doctype html>
      <html lang="${language}">
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title} · Radist.Online</title>
        <style>
          ${STYLE}
        </style>
        <main>${body}</main>
      </html>`,
    status,
  )
}

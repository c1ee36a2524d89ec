import { readFileSync } from 'node:fs'
import type { Context } from 'hono'
import { html } from 'hono/html'
import { z } from 'zod'
import { loadTexts, plainPage } from './plain-page.ts'

const textsFor = await loadTexts('privacy')
const TEXTS = ['text_1', 'text_2', 'text_3', 'text_4', 'text_5'] as const
const { email } = z
  .object({ widget: z.object({ support: z.object({ email: z.email() }) }) })
  .parse(JSON.parse(readFileSync(new URL('../manifest.json', import.meta.url), 'utf8')))
  .widget.support

/** `/privacy`: which data we use, and what for. */
export function privacyPage(context: Context): Response | Promise<Response> {
  const { language, t } = textsFor(context)
  const title = t('title')
  const body = html`<h1>${title}</h1>
    <p>${t('intro')}</p>
    ${TEXTS.map(text => html`<p>${t(text)}</p>`)}
    <p>${t('questions')}: <a href="mailto:${email}">${email}</a></p>`
  return plainPage(context, { language, title, body })
}

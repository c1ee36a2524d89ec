import { readFileSync } from 'node:fs'
import i18next from 'i18next'
import { messengerFacts } from '../contracts/messengers.ts'
import { LOCALES, localeOf } from '../contracts/locales.ts'
import type { Connection } from '../storage/cascades.ts'
import { rankOf, type Attempt, type Run } from './core/run.ts'

const texts = i18next.createInstance()
await texts.init({
  fallbackLng: 'en',
  interpolation: { escapeValue: false },
  resources: Object.fromEntries(
    LOCALES.map(locale => [
      locale,
      {
        translation: JSON.parse(
          readFileSync(new URL(`../i18n/note/${locale}.json`, import.meta.url), 'utf8'),
        ) as Record<string, string>,
      },
    ]),
  ),
})

/** The note in the feed: what was tried, what happened, how long it took. */
export function noteText(run: Run, language: string, connections: readonly Connection[]): string {
  const t = texts.getFixedT(localeOf(language))
  if (run.phase.name !== 'ended') return ''
  const { outcome, endedAt } = run.phase
  const seconds = Math.max(0, Math.round((endedAt - run.createdAt) / 1000))
  const headline =
    outcome.kind === 'delivered'
      ? t('delivered', { messenger: messengerFacts(outcome.messenger).name, seconds })
      : t('not_delivered', { reason: t(`reason_${outcome.reason}`), seconds })
  const lines = run.attempts.map(attempt => {
    const connection = connections.find(one => one.connectionId === attempt.connectionId)
    return t(attempt.origin === 'existing_chat' ? 'attempt_existing' : 'attempt', {
      number: attempt.number,
      messenger: messengerFacts(attempt.messenger).name,
      connection: connection?.name ?? `#${attempt.connectionId}`,
      result: t(`result_${resultOf(attempt)}`),
    })
  })
  return [headline, ...lines].join('\n')
}

function resultOf(attempt: Attempt): 'delivered' | 'failed' | 'unknown' | 'silent' {
  const statuses = attempt.parts.map(part => part.status)
  if (statuses.every(status => rankOf(status) >= rankOf('delivered'))) return 'delivered'
  if (statuses.some(status => status === 'error' || status === 'rejected')) return 'failed'
  return statuses.includes('unknown') ? 'unknown' : 'silent'
}

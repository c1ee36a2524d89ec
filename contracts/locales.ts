/** The languages of every text, those that Kommo itself speaks. */
export const LOCALES = ['en', 'es', 'pt', 'tr', 'id'] as const
export type Locale = (typeof LOCALES)[number]

/** The nearest of our languages for a language tag such as `pt-BR`. */
export function localeOf(language: string | null | undefined): Locale {
  const base = (language ?? '').slice(0, 2).toLowerCase()
  return LOCALES.find(locale => locale === base) ?? 'en'
}

import i18next, { type TFunction } from 'i18next'
import { createContext, useContext, useMemo, type ReactNode } from 'react'
import type { Texts } from './kommo/host.ts'

/** The widget's texts, as Kommo loaded them in the user's language. */
type Value = { t: TFunction; language: string }
const TextsContext = createContext<Value | null>(null)

export function TextsProvider(props: { language: string; texts: Texts; children: ReactNode }) {
  const { language, texts, children } = props
  const value = useMemo(() => {
    const instance = i18next.createInstance()
    void instance.init({
      lng: language,
      resources: { [language]: { translation: texts } },
      interpolation: { escapeValue: false },
      initAsync: false,
    })
    return { t: instance.t, language }
  }, [language, texts])
  return <TextsContext value={value}>{children}</TextsContext>
}

export function useTexts(): Value {
  const value = useContext(TextsContext)
  if (!value) throw new Error('useTexts outside TextsProvider')
  return value
}

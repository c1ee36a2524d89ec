import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import i18next from 'i18next'
import type { ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { initReactI18next } from 'react-i18next'
import { afterEach } from 'vitest'
import { page, type Locator } from 'vitest/browser'
import english from '../../i18n/settings/en.json' with { type: 'json' }
import '../../ui/tokens.css'
import '../../ui/controls.css'
import '../components/components.css'
import '../app/app.css'
import '../features/cascade/components/cascade.css'

const shown: (() => void)[] = []
afterEach(() => {
  for (const remove of shown.splice(0)) remove()
})

/** Shows a component of the settings app on a page of its own, in English. */
export async function render(content: ReactNode): Promise<Locator> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    resources: { en: { translation: english } },
    interpolation: { escapeValue: false },
  })
  const host = document.createElement('main')
  document.body.append(host)
  const root = createRoot(host)
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  root.render(<QueryClientProvider client={queries}>{content}</QueryClientProvider>)
  shown.push(() => {
    root.unmount()
    host.remove()
  })
  return page.elementLocator(host)
}

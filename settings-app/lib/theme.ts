const STORED = 'theme'
export type Theme = 'system' | 'light' | 'dark'

export function storedTheme(): Theme {
  const stored = localStorage.getItem(STORED)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

export function applyTheme(theme: Theme): void {
  localStorage.setItem(STORED, theme)
  document.documentElement.style.colorScheme = theme === 'system' ? 'light dark' : theme
}

import { existsSync } from 'node:fs'

/** Where Firefox is, for the smoke test; null where there is none. */
export function firefoxPath(): string | null {
  const places = [
    process.env['FIREFOX_PATH'],
    '/usr/bin/firefox-esr',
    '/usr/bin/firefox',
    '/Applications/Firefox.app/Contents/MacOS/firefox',
  ]
  return places.find(place => place && existsSync(place)) ?? null
}

import { existsSync } from 'node:fs'

/** Where Chromium is: `tools/ready.mjs` has made sure that there is one. */
export function chromiumPath(): string {
  const places = [
    process.env['CHROMIUM_PATH'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ]
  const found = places.find(place => place && existsSync(place))
  if (!found)
    throw new Error('Chromium is not installed: apt-get install chromium, or set CHROMIUM_PATH')
  return found
}

/** As root Chromium runs without its sandbox; nothing of it shall call home. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

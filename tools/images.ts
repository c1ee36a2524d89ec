import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { chromium } from '@playwright/test'
import { CHROMIUM_ARGUMENTS, chromiumPath } from './chromium.ts'

/** Draws the widget's logos in the exact sizes that Kommo demands (widget SDK 1.5). */
const SIZES = {
  'logo.png': [130, 100],
  'logo_main.png': [400, 272],
  'logo_medium.png': [240, 84],
  'logo_min.png': [84, 84],
  'logo_small.png': [108, 108],
} as const

const root = path.resolve(import.meta.dirname, '..')
const svg = await readFile(path.join(root, 'docs/images/logo.svg'), 'utf8')
const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGUMENTS })
for (const [name, [width, height]] of Object.entries(SIZES)) {
  const page = await browser.newPage({ viewport: { width, height } })
  const isWide = width / height > 1.2
  const mark = isWide ? Math.min(height * 0.6, width * 0.22) : height * 0.86
  await page.setContent(
    `<style>body{margin:0;height:${height}px;display:flex;align-items:center;justify-content:center;gap:${width * 0.04}px;
     background:#fff;font:700 ${Math.min(height * 0.26, width * 0.095)}px Arial,sans-serif;color:#1d2733}svg{flex:none;height:${mark}px;width:${mark}px}</style>
     ${svg}${width > 200 ? '<span>Radist.Online</span>' : ''}`,
  )
  await page.screenshot({ path: path.join(root, 'widget/images', name) })
  await page.close()
}
await browser.close()

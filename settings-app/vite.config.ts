import path from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

import { CSS_TARGET } from '../tools/css-target.ts'

const API_URL = process.env['API_URL'] ?? 'http://localhost:8080'
const root = import.meta.dirname
const LIBRARIES =
  /node_modules\/(?:react|react-dom|scheduler|use-sync-external-store|i18next|react-i18next|@tanstack\/(?:query-core|react-query)|wouter|regexparam|hono)\//u
/** Not what only the later pages share. */
const SHARED =
  /(?:settings-app\/(?:lib|api|features\/session|components\/(?!timeline|message-bubble|text-field|scroll-table))|contracts\/messengers|i18n\/settings\/en)/u

/** The first page's styles stand in the page itself: it is seen before anything else is fetched. */
function inlineStyles(): Plugin {
  return {
    name: 'inline-styles',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const page = bundle['index.html']
      if (page?.type !== 'asset') return
      page.source = String(page.source).replaceAll(
        /<link rel="stylesheet"[^>]*href="\/app\/(assets\/index-[^"]+\.css)"[^>]*>/gu,
        (link, name: string) => {
          const styles = bundle[name]
          return styles?.type === 'asset' ? `<style>${String(styles.source)}</style>` : link
        },
      )
    },
  }
}

export default defineConfig({
  root,
  base: '/app/',
  plugins: [react(), inlineStyles()],
  build: {
    outDir: path.join(root, '../dist/app'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssTarget: CSS_TARGET,
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      output: {
        // What every page needs comes in few files: each one costs a way there and back.
        codeSplitting: {
          groups: [
            { name: 'libraries', test: LIBRARIES },
            { name: 'shared', test: SHARED, minShareCount: 2 },
            { name: 'floating', test: /node_modules\/@floating-ui\//u },
          ],
        },
      },
    },
  },
  server: {
    // `npm run dev`: hot reload here, the API from a product that runs beside it. It takes changes from
    // its own pages only, so the proxy speaks in their name.
    proxy: { '/api': { target: API_URL, headers: { origin: API_URL } } },
  },
})

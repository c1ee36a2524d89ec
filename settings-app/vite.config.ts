import path from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

import { CSS_TARGET } from '../tools/css-target.ts'

const API_URL = process.env['API_URL'] ?? 'http://localhost:8080'
const root = import.meta.dirname

export default defineConfig({
  root,
  base: '/app/',
  plugins: [react()],
  build: {
    outDir: path.join(root, '../dist/app'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssTarget: CSS_TARGET,
    chunkSizeWarningLimit: 800,
  },
  server: {
    // `npm run dev`: hot reload here, the API from a product that runs beside it. It takes changes from
    // its own pages only, so the proxy speaks in their name.
    proxy: { '/api': { target: API_URL, headers: { origin: API_URL } } },
  },
})

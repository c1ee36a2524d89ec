import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { build, type Rolldown } from 'vite'
import { widgetZip } from '../api/widget/zip.ts'
import { CSS_TARGET } from './css-target.ts'

/** `npm run build`: the settings app, and the widget for upload and for Kommo's moderation. */
const root = path.resolve(import.meta.dirname, '..')
const dist = path.join(root, 'dist')
/** Kommo's page keeps one version of a widget until it is raised, so every build has its own. */
const VERSION = `1.0.${Math.floor((Date.now() - Date.UTC(2026, 0, 1)) / 60_000)}`
const LOCALES = ['en', 'es', 'pt', 'tr', 'id']

/** One file of code that leaves its exports in a variable. */
async function bundle(entry: string, name: string, isReadable: boolean): Promise<string> {
  const result = await build({
    root,
    configFile: false,
    logLevel: 'warn',
    plugins: [react()],
    publicDir: false,
    define: {
      'process.env.NODE_ENV': '"production"',
      // Kommo's moderation wants no console, and React brings some.
      console: 'quietConsole',
    },
    build: {
      write: false,
      target: 'es2022',
      cssTarget: CSS_TARGET,
      minify: !isReadable,
      lib: { entry: path.join(root, entry), formats: ['iife'], name },
    },
  })
  const outputs = [result].flat() as Rolldown.RolldownOutput[]
  const chunk = outputs.flatMap(one => one.output).find(one => one.type === 'chunk')
  if (!chunk) throw new Error(`${entry} built to nothing`)
  // Where each part came from is nothing that Kommo's moderation wants to read.
  return chunk.code.replaceAll(/^\/\/#(?:end)?region.*\n/gmu, '')
}

/**
 * One `script.js`. The app lies in a function that runs when a card or the form is first shown: what
 * every page pays is the loader only.
 */
async function script(isReadable: boolean): Promise<string> {
  const app = await bundle('widget/app.tsx', 'RadistCascadeApp', isReadable)
  const loader = await bundle('widget/script.ts', 'RadistCascadeLoader', isReadable)
  return `define(['jquery', 'lib/components/base/modal'], function ($, Modal) {
'use strict';
var app = null;
var quiet = function () {};
var quietConsole = { error: quiet, warn: quiet, log: quiet, info: quiet, debug: quiet };
function evaluateApp() {
${app}
return RadistCascadeApp;
}
function loadApp() {
  app = app || evaluateApp();
  return app;
}
${loader}
return RadistCascadeLoader.start($, Modal, loadApp);
});
`
}

async function buildWidget(name: 'widget' | 'widget-review', isReadable: boolean): Promise<void> {
  const folder = path.join(dist, name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(path.join(folder, 'i18n'), { recursive: true })
  await writeFile(path.join(folder, 'script.js'), await script(isReadable))
  const manifest = await readFile(path.join(root, 'manifest.json'), 'utf8')
  await writeFile(
    path.join(folder, 'manifest.json'),
    manifest.replace('"version": "1.0.0"', `"version": "${VERSION}"`),
  )
  for (const locale of LOCALES) {
    await cp(
      path.join(root, `i18n/widget/${locale}.json`),
      path.join(folder, `i18n/${locale}.json`),
    )
  }
  await cp(path.join(root, 'widget/images'), path.join(folder, 'images'), { recursive: true })
  const serverUrl = process.env['PUBLIC_URL'] ?? `http://localhost:${process.env['PORT'] ?? 8080}`
  const zip = await widgetZip(name, serverUrl.replace(/\/+$/u, ''))
  if (zip) await writeFile(path.join(dist, `${name}.zip`), zip)
}

/** Twins of the settings app's files for browsers that take them: made once here, as small as they get. */
async function compressApp(): Promise<void> {
  for (const entry of await readdir(path.join(dist, 'app'), {
    recursive: true,
    withFileTypes: true,
  })) {
    if (!/\.(?:html|js|css|svg)$/u.test(entry.name)) continue
    const file = path.join(entry.parentPath, entry.name)
    const content = await readFile(file)
    await writeFile(`${file}.br`, brotliCompressSync(content))
    await writeFile(`${file}.gz`, gzipSync(content, { level: 9 }))
  }
}

await build({ configFile: path.join(root, 'settings-app/vite.config.ts'), logLevel: 'warn' })
await compressApp()
await buildWidget('widget', false)
await buildWidget('widget-review', true)
process.stdout.write(
  `Built dist/app, dist/widget.zip and dist/widget-review.zip, version ${VERSION}\n`,
)

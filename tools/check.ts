import { spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { containerFaults } from './check-container.ts'
import { marketplaceFaults } from './check-marketplace.ts'

/**
 * `npm run check`: format, lint with the import directions, types, dead code, texts, sizes, what the
 * marketplace demands, and the container files.
 */
const root = path.resolve(import.meta.dirname, '..')
/**
 * Bytes gzipped: what a Kommo page may load, what the settings app loads before its first page, what each
 * further page adds at most, and all of its styles.
 */
const BUDGETS = { script: 130_000, app: 230_000, chunk: 40_000, styles: 12_000 }
let isFailed = false

function fail(message: string): void {
  process.stderr.write(`${message}\n`)
  isFailed = true
}

function run(name: string, command: string, args: string[]): void {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  if (status !== 0) fail(`${name} failed`)
}

type Texts = { [key: string]: string | Texts }

function keysOf(texts: Texts, prefix = ''): string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : keysOf(value, `${prefix}${key}.`),
  )
}

/** Every language has every text, and no text is empty. */
function checkTexts(): void {
  for (const folder of readdirSync(path.join(root, 'i18n'))) {
    const files = readdirSync(path.join(root, 'i18n', folder))
    const texts = new Map(
      files.map(file => [
        file,
        keysOf(JSON.parse(readFileSync(path.join(root, 'i18n', folder, file), 'utf8')) as Texts),
      ]),
    )
    const all = new Set([...texts.values()].flat())
    for (const [file, keys] of texts) {
      const missing = [...all].filter(key => !keys.includes(key))
      if (missing.length > 0) fail(`i18n/${folder}/${file} lacks ${missing.join(', ')}`)
    }
  }
}

function checkSizes(): void {
  const script = path.join(root, 'dist/widget/script.js')
  const assets = path.join(root, 'dist/app/assets')
  if (!existsSync(script) || !existsSync(assets)) return
  const gzipped = (file: string) => gzipSync(readFileSync(file), { level: 9 }).length
  const page = readFileSync(path.join(root, 'dist/app/index.html'), 'utf8')
  const sizeOf = (files: readonly string[]) =>
    files.reduce((sum, file) => sum + gzipped(path.join(assets, file)), 0)
  const scripts = readdirSync(assets).filter(file => file.endsWith('.js'))
  // What the page names, and the texts of one language beside those in English.
  const initial = scripts.filter(file => page.includes(file))
  const texts = scripts.filter(file => /^(?:es|pt|tr|id)-/u.test(file))
  const language = Math.max(...texts.map(file => sizeOf([file])))
  const later = scripts.filter(file => !initial.includes(file))
  for (const [name, size, budget] of [
    ['script.js', gzipped(script), BUDGETS.script],
    ['the settings app', sizeOf(initial) + language, BUDGETS.app],
    ['a page of the settings app', Math.max(...later.map(file => sizeOf([file]))), BUDGETS.chunk],
    [
      'the settings app’s styles',
      sizeOf(readdirSync(assets).filter(file => file.endsWith('.css'))),
      BUDGETS.styles,
    ],
  ] as const) {
    if (size > budget) fail(`${name} has ${size} bytes gzipped, ${budget} are allowed`)
  }
}

/** What no page may get: secrets, maps, where this was built, and what Kommo's moderation refuses. */
const FORBIDDEN: readonly [RegExp, string][] = [
  [/KOMMO_CLIENT_SECRET|SECRET_KEY|DATABASE_URL|METRICS_TOKEN|process\.env\b/u, 'a server setting'],
  [/\b(?:sk|pk)_(?:live|test)_|-----BEGIN/u, 'a secret'],
  [/sourceMappingURL/u, 'a source map'],
]
const FORBIDDEN_IN_WIDGET: readonly [RegExp, string][] = [
  [/\beval\s*\(|\bnew Function\s*\(/u, 'eval'],
  [/\bconsole\./u, 'console'],
  [/(?<![.\w])(?:alert|confirm|prompt)\s*\(/u, 'alert, confirm or prompt'],
  [/\bdocument\.createElement\(\s*["'`]script["'`]\s*\)/u, 'an injected script'],
  [/\b(?:APP|AMOCRM)(?:\.\w+)+\s*=[^=]/u, 'something written to APP'],
]
const WIDGET_FILES =
  /^(?:manifest\.json|script\.js|i18n\/[a-z]{2}\.json|images\/[a-z_\d]+\.(?:png|jpg))$/u

function checkBundles(): void {
  const scan = (file: string, rules: readonly [RegExp, string][]) => {
    const text = readFileSync(file, 'utf8')
    for (const [pattern, what] of rules) {
      if (pattern.test(text)) fail(`${path.relative(root, file)} holds ${what}`)
    }
    if (text.includes(root)) fail(`${path.relative(root, file)} names the folder it was built in`)
  }
  for (const name of ['widget', 'widget-review']) {
    const folder = path.join(root, 'dist', name)
    if (!existsSync(folder)) continue
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const file = path.join(entry.parentPath, entry.name)
      const inZip = path.relative(folder, file).split(path.sep).join('/')
      if (!WIDGET_FILES.test(inZip)) fail(`${name}.zip would hold ${inZip}, which nobody uses`)
      if (inZip.endsWith('.js')) scan(file, [...FORBIDDEN, ...FORBIDDEN_IN_WIDGET])
    }
  }
  const assets = path.join(root, 'dist/app/assets')
  if (!existsSync(assets)) return
  for (const file of readdirSync(assets)) {
    if (/\.(?:br|gz)$/u.test(file)) continue
    if (file.endsWith('.map')) fail(`dist/app holds the source map ${file}`)
    else scan(path.join(assets, file), FORBIDDEN)
  }
}

run('Format', 'prettier', ['--check', '--log-level', 'warn', '.'])
run('Lint', 'oxlint', [])
run('Types', 'tsc', ['-p', '.'])
run('Dead code', 'knip', ['--no-config-hints'])
checkTexts()
checkSizes()
checkBundles()
for (const fault of [...marketplaceFaults(), ...containerFaults()]) fail(fault)
process.exitCode = isFailed ? 1 : 0

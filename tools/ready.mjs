/**
 * Makes a fresh clone ready, then runs a script:
 * `node tools/ready.mjs [built] [browsers] [postgres] [-- script …]`.
 * It runs on any Node from 20.19, before anything is installed, so it is plain JavaScript; the script runs
 * on Node 24, which comes with the packages. (A shell that has found `node` once does not look again, so
 * `&& node script` would run on the old one.)
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'

const root = path.resolve(
  import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname),
  '..',
)
// What npm does for its scripts, so that this works without npm, too: our Node and tools come first.
process.env['PATH'] = [path.join(root, 'node_modules/.bin'), process.env['PATH']].join(
  path.delimiter,
)
const [wanted, script] = readArguments(process.argv.slice(2))
const CHROMIUM = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

function readArguments(all) {
  const end = all.indexOf('--')
  return end === -1 ? [new Set(all), []] : [new Set(all.slice(0, end)), all.slice(end + 1)]
}

function fail(message) {
  process.stderr.write(`\n${message}\n`)
  process.exit(1)
}

function run(command, args) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  return result.status === 0
}

function hashOf(entries) {
  const hash = createHash('sha256')
  const add = entry => {
    const full = path.join(root, entry)
    if (!existsSync(full)) return
    for (const file of listOf(full))
      hash.update(path.relative(root, file)).update(readFileSync(file))
  }
  entries.forEach(add)
  return hash.digest('hex')
}

function listOf(full) {
  const entries = safeReaddir(full)?.toSorted()
  if (!entries) return [full]
  return entries.flatMap(entry => listOf(path.join(full, entry)))
}

function safeReaddir(full) {
  try {
    return readdirSync(full)
  } catch {
    return null
  }
}

function isFresh(stamp, hash) {
  const file = path.join(root, stamp)
  return existsSync(file) && readFileSync(file, 'utf8') === hash
}

function writeStamp(stamp, hash) {
  const file = path.join(root, stamp)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, hash)
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(
      `Node ${process.versions.node} is too old: install Node 20.19 or newer. Node 24 then comes by itself.`,
    )
  }
}

function install() {
  const hash = hashOf(['package-lock.json'])
  if (isFresh('node_modules/.ready', hash)) return
  process.stdout.write('Installing packages…\n')
  if (
    !run('npm', [
      'ci',
      '--include=dev',
      '--include=optional',
      '--no-fund',
      '--no-audit',
      '--loglevel=error',
    ])
  ) {
    fail('The packages could not be installed: see the lines above. Is the npm registry reached?')
  }
  writeStamp('node_modules/.ready', hash)
}

function checkInstalledNode() {
  const result = spawnSync('node', ['--version'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  const major = Number(/^v(\d+)/.exec(result.stdout ?? '')?.[1] ?? 0)
  if (major < 24) {
    fail(
      `The scripts need Node 24, but would run on ${result.stdout?.trim() ?? 'none'}. There is no packaged ` +
        `Node 24 for ${process.platform}-${process.arch}: install Node 24 and start again.`,
    )
  }
}

function build() {
  const hash = hashOf([
    'package-lock.json',
    'manifest.json',
    'contracts',
    'i18n/widget',
    'i18n/settings',
    'settings-app',
    'tools/build.ts',
    'ui',
    'widget',
  ])
  if (isFresh('dist/.ready', hash)) return
  process.stdout.write('Building the widget and the settings app…\n')
  if (!run('node', ['tools/build.ts'])) fail('The build failed: see the lines above.')
  writeStamp('dist/.ready', hash)
}

function findChromium() {
  if (CHROMIUM.some(file => file && existsSync(file))) return
  const isRoot = process.getuid?.() === 0
  if (isRoot && existsSync('/usr/bin/apt-get')) {
    process.stdout.write('Installing Chromium from the system’s packages…\n')
    run('apt-get', ['update', '-qq'])
    if (
      run('apt-get', [
        'install',
        '-y',
        '-qq',
        '--no-install-recommends',
        'chromium',
        'fonts-dejavu-core',
      ])
    )
      return
  }
  fail(
    'The browser tests need Chromium. Install it (Debian, Ubuntu: apt-get install chromium) or set ' +
      'CHROMIUM_PATH to where it is.',
  )
}

/** One smoke test runs in Firefox. Where it cannot be installed, that test is skipped. */
function findFirefox() {
  const isInstalled = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].some(file => existsSync(file))
  if (isInstalled || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  process.stdout.write('Installing Firefox from the system’s packages…\n')
  if (!run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'firefox-esr'])) {
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'firefox-esr'])
  }
}

/** Tests and benchmarks start a PostgreSQL server of their own from the system's packages. */
function findPostgres() {
  const folder = '/usr/lib/postgresql'
  const folders = [
    process.env['POSTGRES_BIN'],
    ...(safeReaddir(folder) ?? []).map(version => path.join(folder, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(path.delimiter),
  ]
  const isThere = () => folders.some(one => one && existsSync(path.join(one, 'initdb')))
  if (isThere()) return
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stdout.write('Installing PostgreSQL from the system’s packages…\n')
    run('apt-get', ['update', '-qq'])
    if (run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'postgresql'])) return
  }
  fail(
    'The tests need a PostgreSQL server’s programs. Install them (Debian, Ubuntu: apt-get install postgresql) or ' +
      'set POSTGRES_BIN to the folder of initdb.',
  )
}

/** Runs the script in our place: it gets our signals, and its end is ours. */
function runScript() {
  const child = spawn('node', script, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  // Ctrl+C reaches the script by itself.
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}

checkNode()
install()
checkInstalledNode()
if (wanted.has('built')) build()
if (wanted.has('browsers')) {
  findChromium()
  findFirefox()
}
if (wanted.has('postgres')) findPostgres()
if (script.length > 0) runScript()

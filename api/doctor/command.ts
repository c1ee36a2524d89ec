import { parseArgs } from 'node:util'
import pino from 'pino'
import { systemClock } from '../../storage/system-clock.ts'
import { listUnknownEvents } from '../../storage/unknown-events.ts'
import { openDatabase } from '../../storage/database.ts'
import { loadSecret, SecretBox } from '../../storage/secret-box.ts'
import { readConfig } from '../config.ts'
import { createClients } from '../clients.ts'
import { lookAtAccount } from './accounts.ts'
import { reasonOf, type Finding } from './findings.ts'
import { lookAtInstallation } from './installation.ts'

/**
 * `npm run doctor [-- --account N]`: looks at a configuration from end to end and says in plain words what
 * is wrong and what to do. It changes nothing but one row that shows that rows can be written.
 */
const ACCOUNTS_MAX = 20
const MARKS = { ok: '✓', warn: '!', fail: '✗' } as const
let failures = 0
let warnings = 0

function show({ level, text, advice }: Finding): void {
  if (level === 'fail') failures += 1
  if (level === 'warn') warnings += 1
  say(`  ${MARKS[level]} ${text}`)
  if (advice !== undefined) say(`      ${advice}`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { account: { type: 'string' } } })
  const config = readConfig(process.env)
  const database = await openDatabase(config.DATABASE_URL)
  try {
    const secret = loadSecret(config.SECRET_KEY, config.dataFolder)
    const box = new SecretBox(secret, config.SECRET_KEY_BEFORE)
    const log = pino({ level: 'silent' })
    const clients = createClients({ box, clock: systemClock, config, database, log })
    const { accounts } = clients
    say('The installation')
    for (const finding of await lookAtInstallation(config, database)) show(finding)

    const all = await accounts.list(database)
    const wanted = values.account === undefined ? null : Number(values.account)
    const chosen = all.filter(one => wanted === null || one.id === wanted)
    if (chosen.length === 0) {
      say('\nNo account is connected yet: install the integration in Kommo (docs/install.md).')
    }
    for (const account of chosen.slice(0, ACCOUNTS_MAX)) {
      say(`\nAccount ${account.id}, ${account.subdomain}`)
      const publicUrl = config.PUBLIC_URL
      for (const finding of await lookAtAccount({ ...clients, database, publicUrl }, account)) {
        show(finding)
      }
    }
    const left = chosen.length - ACCOUNTS_MAX
    if (left > 0) say(`\n${left} more accounts: look at one with -- --account N.`)

    const unknown = await listUnknownEvents(database)
    if (unknown.length > 0) {
      say('\nWebhooks of Radist’s that nobody knows (tell us of them)')
      for (const { accountId, name, count, shape } of unknown) {
        say(`  ${name}: ${count} times at account ${accountId}\n      ${shape}`)
      }
    }
    say(
      failures === 0
        ? `\nAll is well${warnings > 0 ? `, with ${warnings} to look at` : ''}.`
        : `\n${failures} to mend, ${warnings} to look at.`,
    )
    if (failures > 0) process.exitCode = 1
  } finally {
    await database.destroy()
  }
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n`)
  process.exitCode = 1
}

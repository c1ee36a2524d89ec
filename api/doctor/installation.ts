import { existsSync } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { clamdScanner } from '../../integrations/files/scanner.ts'
import { openStore } from '../../integrations/files/store.ts'
import { databasePlace, type Database } from '../../storage/database.ts'
import { beat } from '../../storage/heartbeat.ts'
import type { Config } from '../config.ts'
import { fail, ok, reasonOf, warn, type Finding } from './findings.ts'

/** This machine and its configuration: what must hold before any account can work. */
const PATIENCE_MS = 10_000
/** Kommo's tokens are taken with clocks that are this far apart. */
const SKEW_SECONDS = 30

export async function lookAtInstallation(config: Config, database: Database): Promise<Finding[]> {
  return [
    ...lookAtAddresses(config),
    await lookAtDatabase(config, database),
    await lookAtFiles(config),
    lookAtBuild(),
    ...(await lookAtServer(config)),
    await lookAtClock(config),
    ...(await lookAtScanner(config)),
  ]
}

function lookAtAddresses({ PUBLIC_URL, FILES_PUBLIC_URL, KOMMO_CLIENT_ID }: Config): Finding[] {
  const findings: Finding[] = []
  const { protocol, hostname } = new URL(PUBLIC_URL)
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  if (isLocal) {
    findings.push(
      warn(
        `PUBLIC_URL is ${PUBLIC_URL}: only this machine can reach it`,
        'Set it to the https address under which Kommo and Radist reach this server.',
      ),
    )
  } else if (protocol === 'https:') findings.push(ok(`PUBLIC_URL is ${PUBLIC_URL}`))
  else {
    findings.push(
      fail(
        `PUBLIC_URL is ${PUBLIC_URL}, without https`,
        'Kommo’s pages cannot call it, and cookies are not safe. Put https before the server.',
      ),
    )
  }
  if (FILES_PUBLIC_URL === PUBLIC_URL && !isLocal) {
    findings.push(
      warn(
        'Files are served from the address of the settings',
        'Set FILES_PUBLIC_URL to a second name for the same server, without cookies.',
      ),
    )
  }
  const isUuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(KOMMO_CLIENT_ID)
  findings.push(
    isUuid
      ? ok('KOMMO_CLIENT_ID looks like an integration’s')
      : warn(
          'KOMMO_CLIENT_ID is not of the form that Kommo uses',
          'Copy “Integration ID” from Settings → Integrations → your integration → Keys and scopes.',
        ),
  )
  return findings
}

async function lookAtDatabase(config: Config, database: Database): Promise<Finding> {
  const isShared = databasePlace(config.DATABASE_URL).kind === 'postgres'
  try {
    await beat(database, Date.now())
    if (!isShared) return ok('The database can be written to')
    const workers = await database.selectFrom('workers').select('id').execute()
    return ok(`The database can be written to; processes that work on it: ${workers.length}`)
  } catch (error) {
    return fail(
      `The database cannot be written to: ${reasonOf(error)}`,
      isShared
        ? 'Look at DATABASE_URL, at the role’s rights, and whether the server is up and not a standby.'
        : 'Look at the disk’s free space and at the rights of the data folder.',
    )
  }
}

async function lookAtFiles({ FILES_URL }: Config): Promise<Finding> {
  try {
    await (await openStore(FILES_URL)).check()
    return ok(`Files can be stored at ${FILES_URL.split('?')[0]}`)
  } catch (error) {
    return fail(
      `Files cannot be stored: ${reasonOf(error)}`,
      'Look at FILES_URL, the folder’s rights, or the bucket’s keys.',
    )
  }
}

function lookAtBuild(): Finding {
  const dist = path.resolve(import.meta.dirname, '../../dist')
  const isBuilt = ['app/index.html', 'widget.zip'].every(file => existsSync(path.join(dist, file)))
  return isBuilt
    ? ok('The widget and the settings app are built')
    : fail('The widget or the settings app is not built', 'Run `npm run build`.')
}

/** Asked by the addresses that others use, so that whatever stands in between is looked at, too. */
async function lookAtServer({ PUBLIC_URL, FILES_PUBLIC_URL }: Config): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const url of new Set([PUBLIC_URL, FILES_PUBLIC_URL])) {
    try {
      const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(PATIENCE_MS) })
      const body: unknown = await answer.json().catch(() => null)
      const isOurs = typeof body === 'object' && body !== null && 'problems' in body
      if (isOurs && answer.ok) findings.push(ok(`${url} leads to this server, and it is ready`))
      else if (isOurs) {
        findings.push(
          fail(`The server is not ready: ${JSON.stringify(body.problems)}`, 'Read its log.'),
        )
      } else {
        findings.push(
          fail(
            `${url} is answered by something else (${answer.status})`,
            'Look at the proxy before the server: it must pass every path on.',
          ),
        )
      }
    } catch (error) {
      findings.push(
        fail(
          `${url} does not answer: ${reasonOf(error)}`,
          'Start the server; then look at the DNS name, the certificate and the firewall.',
        ),
      )
    }
  }
  return findings
}

async function lookAtClock({ KOMMO_URL }: Config): Promise<Finding> {
  const url = KOMMO_URL.replace('{subdomain}', 'www')
  try {
    const asked = Date.now()
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const answer = await fetch(url, { method: 'HEAD', redirect: 'manual', signal })
    const theirs = Date.parse(answer.headers.get('date') ?? '')
    if (Number.isNaN(theirs)) return ok(`${url} can be reached`)
    const apart = Math.round(Math.abs(theirs - (asked + Date.now()) / 2) / 1000)
    return apart < SKEW_SECONDS
      ? ok(`${url} can be reached, and its clock and ours are together`)
      : fail(
          `Our clock and Kommo’s are ${apart} s apart`,
          'Set this machine’s clock by NTP: tokens are refused otherwise.',
        )
  } catch (error) {
    return fail(
      `${url} cannot be reached: ${reasonOf(error)}`,
      'This machine must be let out to Kommo by https.',
    )
  }
}

async function lookAtScanner({ CLAMD_URL }: Config): Promise<Finding[]> {
  if (CLAMD_URL === undefined) return []
  try {
    const verdict = await clamdScanner(CLAMD_URL)(Readable.from([Buffer.from('ok')]))
    if (verdict === 'unavailable') throw new Error('no verdict')
    return [ok('The virus scanner answers')]
  } catch (error) {
    return [
      fail(
        `The virus scanner does not answer: ${reasonOf(error)}`,
        'Start clamd, or take CLAMD_URL away: until then no upload becomes ready.',
      ),
    ]
  }
}

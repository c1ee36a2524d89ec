import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT_ID } from '../emulators/kommo/account.ts'
import { startInProcess } from '../e2e/support/in-process.ts'
import { until } from '../e2e/support/until.ts'
import { createClients } from './clients.ts'
import { readConfig } from './config.ts'
import { openDatabase } from '../storage/database.ts'
import { loadSecret, SecretBox } from '../storage/secret-box.ts'
import { systemClock } from '../storage/system-clock.ts'
import { startServer } from './server.ts'

const root = path.resolve(import.meta.dirname, '..')
let stack: Awaited<ReturnType<typeof startInProcess>>
beforeAll(async () => {
  stack = await startInProcess()
})
afterAll(() => stack.stop())

/** A command as an operator runs it, beside the running server, which goes on answering meanwhile. */
async function command(
  script: string,
  args: string[],
  environment: Record<string, string> = {},
): Promise<{ text: string; status: number | null }> {
  const child = spawn(process.execPath, [path.join(root, script), ...args], {
    env: { ...process.env, ...stack.environment, ...environment },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      text += data.toString()
    })
  }
  await once(child, 'close')
  return { text, status: child.exitCode }
}

describe('/readyz', () => {
  const asked = async () => {
    const answer = await fetch(`${stack.url}/readyz`)
    return { status: answer.status, body: (await answer.json()) as { problems: string[] } }
  }
  /** Its answer may be a second old. */
  const says = async (status: number, problems: string[]) => {
    await until(`${status}`, async () => (await asked()).status === status)
    expect((await asked()).body.problems).toEqual(problems)
  }

  it('is ready when a hook could be stored and a file given out', async () => {
    expect(await asked()).toEqual({ status: 200, body: { status: 'ready', problems: [] } })
  })

  it('D6 says that files are gone, and that they are back', async () => {
    const aside = `${stack.filesFolder}-aside`
    renameSync(stack.filesFolder, aside)
    await says(503, ['files'])
    renameSync(aside, stack.filesFolder)
    await says(200, [])
  })

  it('D6 says that the database cannot be written to', async () => {
    const { database } = stack.services
    await database.schema.alterTable('heartbeat').renameTo('heartbeat_aside').execute()
    await says(503, ['database'])
    await database.schema.alterTable('heartbeat_aside').renameTo('heartbeat').execute()
    await says(200, [])
    expect((await fetch(`${stack.url}/healthz`)).status).toBe(200)
  })
})

describe('/metrics', () => {
  it('tell of runs, outcomes, waits, tokens and webhooks, and of nobody', async () => {
    await stack.runBot({ version: 1, text: 'Hello [Contact.Name]' }, 2002)
    const text = await (await fetch(`${stack.url}/metrics`)).text()
    for (const line of [
      /^cascade_runs_ended_total\{outcome="delivered"\} [1-9]/mu,
      /^cascade_run_seconds_count\{outcome="delivered"\} [1-9]/mu,
      /^cascade_continues_total\{result="accepted"\} [1-9]/mu,
      /^cascade_limiter_wait_seconds_count\{service="kommo"\} [1-9]/mu,
      /^cascade_limiter_waiting\{service="radist"\} \d/mu,
      /^cascade_webhooks_total\{kind="delivered"\} [1-9]/mu,
      /^cascade_webhook_lag_seconds_count [1-9]/mu,
      /^cascade_accounts\{kommo="connected"\} 1/mu,
      /^cascade_kommo_token_age_seconds \d/mu,
    ]) {
      expect(text).toMatch(line)
    }
    expect(text).not.toMatch(/José|(?<![\d.])34\d{9}|flowers-madrid/u)
  })
})

describe('npm run doctor', () => {
  it('finds all well where all is well', async () => {
    const { text, status } = await command('api/doctor/command.ts', [])
    expect(text).toContain('leads to this server, and it is ready')
    expect(text).toContain('Kommo lets us in to flowers-madrid')
    expect(text).toContain('webhooks are ours')
    expect(text).toContain('All is well')
    expect(status).toBe(0)
  })

  it('says in words what is wrong, what to do, and nothing that is secret', async () => {
    const { accounts, database } = stack.services
    await accounts.setKommoToken(database, ACCOUNT_ID, { token: 'bad-token', expiresAt: null }, 1)
    // The server would mend it first.
    await accounts.update(database, ACCOUNT_ID, { check_at: Number.MAX_SAFE_INTEGER })
    stack.radist.world.webhooks.length = 0
    const { text, status } = await command('api/doctor/command.ts', [
      '--account',
      String(ACCOUNT_ID),
    ])
    expect(text).toContain('Kommo refuses our token')
    expect(text).toContain('Connect Kommo on the page Connections')
    expect(text).toContain('No webhook of Radist’s comes to us')
    expect(text).toMatch(/\d to mend/u)
    expect(text).not.toMatch(/bad-token|demo-radist-key/u)
    expect(status).toBe(1)
  })

  it('names what is missing or wrong in the configuration', async () => {
    const wrong = { KOMMO_CLIENT_SECRET: '', PUBLIC_URL: 'not an address' }
    const { text, status } = await command('api/doctor/command.ts', [], wrong)
    expect(text).toContain('KOMMO_CLIENT_SECRET')
    expect(text).toContain('PUBLIC_URL')
    expect(status).toBe(1)
  })

  it('says that the key is another one', async () => {
    const other = { SECRET_KEY: 'quite another secret key' }
    const { text } = await command('api/doctor/command.ts', [], other)
    expect(text).toContain('SECRET_KEY_BEFORE')
  })
})

describe('npm run backup', () => {
  it('makes what a new machine starts from, while the server runs', async () => {
    const to = mkdtempSync(path.join(os.tmpdir(), 'cascade-backup-'))
    const { text, status } = await command('api/backup-command.ts', ['--to', to])
    expect(status, text).toBe(0)
    const [name = ''] = readdirSync(to)
    expect(readdirSync(path.join(to, name)).toSorted()).toEqual([
      'cascade.db',
      'files',
      'secret.key',
    ])

    // Restoring is putting it where the data folder is.
    const data = path.join(to, 'data')
    cpSync(path.join(to, name), data, { recursive: true })
    const config = readConfig({
      ...stack.environment,
      DATABASE_URL: `sqlite:${data}/cascade.db`,
    })
    const database = await openDatabase(config.DATABASE_URL)
    const box = new SecretBox(loadSecret(undefined, config.dataFolder))
    const { log } = stack.services
    const { accounts } = createClients({ box, clock: systemClock, config, database, log })
    const restored = await accounts.find(database, ACCOUNT_ID)
    expect(restored?.radist?.key).toBe('demo-radist-key')
    const runs = await database.selectFrom('runs').select('id').execute()
    expect(runs.length).toBeGreaterThan(0)
    await database.destroy()
    rmSync(to, { recursive: true, force: true })
  })

  it('says what it needs', async () => {
    expect((await command('api/backup-command.ts', [])).text).toContain('--to <folder>')
    const nowhere = { DATABASE_URL: 'sqlite:/nonexistent/x.db' }
    const { text, status } = await command('api/backup-command.ts', ['--to', os.tmpdir()], nowhere)
    expect(text).toContain('There is no database')
    expect(status).toBe(1)
  })
})

describe('whoever comes before anything is known of them', () => {
  it('W21 is cut off when the headers come too slowly, are too large, or are too many', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'cascade-'))
    const server = await startServer(
      readConfig({
        ...stack.environment,
        PORT: '0',
        DATABASE_URL: `sqlite:${folder}/cascade.db`,
        FILES_URL: `file:${folder}/files`,
      }),
      { headersTimeoutMs: 300, requestTimeoutMs: 600, maxHeaderBytes: 4096, maxConnections: 5 },
    )
    const talk = (said: string) => {
      const socket = connect(server.port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(said)
      let heard = ''
      socket.on('data', data => {
        heard += data.toString()
      })
      return new Promise<string>(resolve => {
        socket.once('close', () => resolve(heard))
      })
    }
    expect(await talk('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ')).toContain('408')
    const large = 'x'.repeat(8000)
    expect(await talk(`GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${large}\r\n\r\n`)).toContain('431')
    const body = 'POST /hooks/kommo/salesbot HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx'
    expect(await talk(body)).toContain('408')
    const held = Array.from({ length: 5 }, () => connect(server.port, '127.0.0.1'))
    await Promise.all(held.map(socket => once(socket, 'connect')))
    // The sixth is let go of at once, without a word.
    expect(await talk('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('')
    for (const socket of held) socket.destroy()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('K6 waits at the door of a busy process: of a thousand at once none is turned away', () => {
    const knock = `
      const { connect } = require('node:net')
      const { once } = require('node:events')
      const all = Array.from({ length: 1000 }, () => connect(Number(process.argv[1]), '127.0.0.1'))
      Promise.all(all.map(socket => once(socket, 'connect'))).then(() => process.exit(0))
    `
    // Until it ends, this process, which is the server's, lets nobody in.
    const { port } = new URL(stack.url)
    const { status } = spawnSync(process.execPath, ['--eval', knock, port], { timeout: 30_000 })
    expect(status).toBe(0)
  })
})

describe('a stop', () => {
  it('D4 lets what is on its way come back, and takes nothing new', async () => {
    const other = await startInProcess()
    const bot = other.runBot({ version: 1, text: 'Hello' }, 2002)
    const answer = fetch(`${other.url}/readyz`)
    expect((await answer).status).toBe(200)
    await bot
    await other.stop()
    await expect(fetch(`${other.url}/healthz`)).rejects.toThrow('fetch failed')
  })
})

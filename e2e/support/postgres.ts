import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { freePorts } from './free-ports.ts'

const FOLDERS = '/usr/lib/postgresql'
/** PostgreSQL refuses to run as root: as root it runs as the first of these that the system knows. */
const USERS = ['postgres', 'nobody']
/** PostgreSQL's code for a database that others are connected to. */
const IN_USE = '55006'
const IN_USE_TRIES = 50
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  max_connections: '400',
  // Only the machine's own power would be worth them, and tests have none.
  fsync: 'off',
  full_page_writes: 'off',
}

/** A PostgreSQL server of its own, in a folder and on a port of its own, from the system's packages. */
export class PostgresServer {
  readonly port: number
  private readonly folder: string
  private readonly settings: Record<string, string>
  private child: ChildProcess | null = null

  private constructor(folder: string, port: number, settings: Record<string, string>) {
    this.folder = folder
    this.port = port
    this.settings = { ...SETTINGS, ...settings }
  }

  /** @param settings of `postgresql.conf`, beside or instead of those for tests */
  static async start(settings: Record<string, string> = {}): Promise<PostgresServer> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'cascade-postgres-'))
    const owner = ownerOf()
    if (owner) chownSync(folder, owner.uid, owner.gid)
    const data = path.join(folder, 'data')
    const options = ['-D', data, '-U', 'cascade', '-A', 'trust', '-E', 'UTF8', '--no-sync']
    execFileSync(binary('initdb'), [...options, '--locale=C.UTF-8'], {
      ...owner,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [port = 0] = await freePorts(1)
    const server = new PostgresServer(folder, port, settings)
    await server.startAgain()
    return server
  }

  /** @returns the address of a database of this server */
  url(name = 'postgres', port = this.port): string {
    return `postgres://cascade@127.0.0.1:${port}/${name}`
  }

  async startAgain(): Promise<void> {
    const settings = Object.entries({ ...this.settings, unix_socket_directories: this.folder })
    const options = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const data = path.join(this.folder, 'data')
    this.child = spawn(binary('postgres'), ['-D', data, '-p', String(this.port), ...options], {
      ...ownerOf(),
      cwd: this.folder,
      stdio: 'ignore',
    })
    const deadline = Date.now() + 60_000
    while (!(await isUp(this.url()))) {
      if (Date.now() > deadline) throw new Error('PostgreSQL does not start')
      await pause(50)
    }
  }

  /** Ends every connection at once, as when the power fails; `startAgain` recovers. */
  async kill(): Promise<void> {
    const { child } = this
    if (!child || child.exitCode !== null) return
    const ended = new Promise(resolve => {
      child.once('exit', resolve)
    })
    // Immediate shutdown: nothing is written any more, and the start begins with a recovery.
    child.kill('SIGQUIT')
    await ended
  }

  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A new database beside the one at this address, empty or like another one. @returns its address */
export async function createDatabase(beside: string, template?: string): Promise<string> {
  const name = `cascade_${randomBytes(6).toString('hex')}`
  const like = template === undefined ? '' : ` template ${template}`
  for (let tries = 0; ; tries++) {
    try {
      await runStatement(beside, `create database ${name}${like}`)
      break
    } catch (error) {
      // Whoever has just left the template may be seen there for a moment.
      const isInUse = error instanceof pg.DatabaseError && error.code === IN_USE
      if (!isInUse || tries === IN_USE_TRIES) throw error
      await pause(100)
    }
  }
  return Object.assign(new URL(beside), { pathname: `/${name}` }).href
}

/** Runs a statement by itself. */
export async function runStatement(url: string, statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(statement)
  } finally {
    await client.end()
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms)
  })
}

async function isUp(url: string): Promise<boolean> {
  try {
    await runStatement(url, 'select 1')
    return true
  } catch {
    return false
  }
}

/** The newest that is installed, or wherever `POSTGRES_BIN` says. */
export function binary(name: string): string {
  const folders = [
    process.env['POSTGRES_BIN'],
    ...(existsSync(FOLDERS) ? readdirSync(FOLDERS) : [])
      .toSorted((a, b) => Number(b) - Number(a))
      .map(version => path.join(FOLDERS, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(path.delimiter),
  ]
  const found = folders
    .filter(folder => folder !== undefined)
    .map(folder => path.join(folder, name))
    .find(file => existsSync(file))
  if (found) return found
  throw new Error(
    `The tests need PostgreSQL: ${name} is not found. Install it (Debian, Ubuntu: apt-get install ` +
      'postgresql) or set POSTGRES_BIN to the folder of its programs.',
  )
}

function ownerOf(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  for (const user of USERS) {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }).toString())
    try {
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      continue
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is no other user to run it as')
}

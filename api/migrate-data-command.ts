import { existsSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Upload } from '@tus/server'
import pino from 'pino'
import { openStore, type Store } from '../integrations/files/store.ts'
import { copyDatabase, scheduleWaits } from '../storage/copy-database.ts'
import { databasePlace, openDatabase, type Database } from '../storage/database.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { SECRET_FILE, SecretBox } from '../storage/secret-box.ts'
import { openStorage } from '../storage/storage.ts'
import { readConfig } from './config.ts'

/** `npm run migrate-data`: from SQLite and a folder to PostgreSQL and a bucket, once. */
const USAGE = `Usage: npm run migrate-data -- --from sqlite:./data/cascade.db [--files-from file:./data/files]
Stop the server first. The environment is the one of the servers to come: DATABASE_URL=postgres://… of an empty
database, FILES_URL=s3://…, and SECRET_KEY with what opens the secrets of before (the file "${SECRET_FILE}" in the
data folder). What was before stays as it is.`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      from: { type: 'string' },
      'files-from': { type: 'string', default: 'file:./data/files' },
    },
  })
  if (values.from === undefined) throw new Error(USAGE)
  const config = readConfig({ KOMMO_CLIENT_ID: '-', KOMMO_CLIENT_SECRET: '-', ...process.env })
  const source = databasePlace(values.from)
  const target = databasePlace(config.DATABASE_URL)
  if (source.kind !== 'sqlite' || target.kind !== 'postgres') throw new Error(USAGE)
  if (!existsSync(source.file)) throw new Error(`There is no database at ${source.file}.`)

  const unlock = lockFolder(path.dirname(path.resolve(source.file)))
  const from = await openDatabase(values.from)
  try {
    await checkSecret(from, new SecretBox(config.SECRET_KEY ?? '', config.SECRET_KEY_BEFORE))
    const to = await openDatabase(target.url)
    try {
      await copyDatabase(from, to, (table, rows) => rows > 0 && say(`${table}: ${rows} rows`))
    } finally {
      await to.destroy()
    }
    const files = await copyFiles(from, values['files-from'], await openStore(config.FILES_URL))
    say(`${files} files`)
  } finally {
    await from.destroy()
    unlock()
  }
  const log = pino({ level: 'error' })
  const storage = await openStorage({ url: target.url, dataFolder: config.dataFolder, log })
  say(
    `${await scheduleWaits(storage.database, storage.transact)} runs wait, and will be woken in time`,
  )
  await storage.close()
  say('Everything is there. Start the servers with this environment.')
}

/** Nothing is copied that nobody could open there. */
async function checkSecret(from: Database, box: SecretBox): Promise<void> {
  const sealed = await from
    .selectFrom('kommo_grants')
    .select('access_token')
    .limit(1)
    .executeTakeFirst()
  if (sealed) box.open(sealed.access_token)
}

/** Those that a message may still need. One that is there already is left as it is. */
async function copyFiles(from: Database, url: string, to: Store): Promise<number> {
  const rows = await from
    .selectFrom('files')
    .select(['id', 'size', 'account_id'])
    .where('state', 'in', ['ready', 'scanning'])
    .execute()
  if (rows.length === 0) return 0
  const store = await openStore(url)
  for (const { id, size, account_id: accountId } of rows) {
    const known = await to.tus.getUpload(id).catch(() => null)
    if (known?.offset === size) continue
    const content = await store.read(id)
    if (!content)
      throw new Error(`The file ${id} is not at ${url}: name its folder with --files-from.`)
    const metadata = { id, accountId: String(accountId) }
    await to.tus.create(new Upload({ id, size, offset: 0, metadata }))
    await to.tus.write(content, id, 0)
  }
  return rows.length
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

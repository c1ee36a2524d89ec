import { cpSync, existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { databasePlace } from '../storage/database.ts'
import { SECRET_FILE } from '../storage/secret-box.ts'
import { readConfig } from './config.ts'

/** `npm run backup -- --to <folder>`: everything that cannot be had again. Works while the server runs. */
const USAGE = `Usage: npm run backup -- --to <folder>
Writes the database, the files and the key into a new folder below <folder>. To restore, stop the server and
put what is in there into the data folder (docs/install.md).`

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { to: { type: 'string' } } })
  if (!values.to) throw new Error(USAGE)
  const config = readConfig({ KOMMO_CLIENT_ID: '-', KOMMO_CLIENT_SECRET: '-', ...process.env })
  const place = databasePlace(config.DATABASE_URL)
  if (place.kind === 'postgres') {
    throw new Error(
      'PostgreSQL is backed up by its own tools: see docs/scaling.md, "Backup and restore".',
    )
  }
  const source = place.file
  if (!existsSync(source)) throw new Error(`There is no database at ${source}.`)
  const name = `cascade-${new Date().toISOString().slice(0, 19).replaceAll(/[:T]/gu, '-')}`
  const folder = path.resolve(values.to, name)
  mkdirSync(folder, { recursive: true })

  // The database first: a file is written once and never changed, so each row's bytes are there afterwards.
  const database = new DatabaseSync(source, { readOnly: true })
  await backup(database, path.join(folder, path.basename(source)))
  database.close()
  const key = path.join(config.dataFolder, SECRET_FILE)
  if (existsSync(key)) cpSync(key, path.join(folder, SECRET_FILE))
  const files = /^file:(?:\/\/)?(.+)$/u.exec(config.FILES_URL)?.[1]
  if (files && existsSync(files)) cpSync(files, path.join(folder, 'files'), { recursive: true })

  say(`Backed up to ${folder}`)
  if (!existsSync(key)) say('SECRET_KEY is in the environment: keep it with this backup.')
  if (!files) say('The files are in a bucket: back that up by its own means.')
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

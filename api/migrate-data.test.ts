import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { inject, expect, it } from 'vitest'
import { writeMessage } from '../contracts/message.ts'
import { startBucket } from '../e2e/support/bucket.ts'
import { binary, createDatabase, runStatement } from '../e2e/support/postgres.ts'
import { Stack } from '../e2e/support/stack.ts'
import { uploaderOf } from '../e2e/support/tus.ts'
import { until } from '../e2e/support/until.ts'
import { createTestDatabase } from '../storage/testing/open-test-storage.ts'

const ADMIN = 504
const LEAD = 2015

/** Not at once: the bucket is in this process, and has to answer meanwhile. */
async function migrate(environment: Record<string, string>, args: string[]) {
  const script = path.resolve(import.meta.dirname, 'migrate-data-command.ts')
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...environment, NODE_NO_WARNINGS: '1' },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      text += data.toString()
    })
  }
  const status = await new Promise(resolve => {
    child.once('close', resolve)
  })
  return { status, text }
}

it('moves a server with all it has: a run that waits goes on, its file is there, and secrets open', async () => {
  // Long enough that the run still waits when everything has moved.
  const stack = await Stack.start({ LOG_LEVEL: 'silent', DELIVERY_WAIT_SECONDS: '20' })
  const bucket = await startBucket()
  try {
    const uploader = uploaderOf(stack.url, await stack.pageToken(ADMIN))
    const id = await uploader.upload(new Uint8Array(randomBytes(70_000)), 'price list.pdf')
    const file = { id, name: 'price list.pdf', size: 70_000, kind: 'file' } as const
    await stack.react('whatsapp', 'silent')
    const bot = await stack.makeBot(writeMessage({ version: 1, text: 'Hello', file }))
    await stack.post(`${stack.kommoUrl}/ajax/bots/${bot}/run`, { leadId: LEAD })
    await until('both parts to be sent', async () => (await stack.sends()).length === 2)

    const { dataFolder } = stack.settings
    const from = ['--from', stack.databaseUrl, '--files-from', `file:${dataFolder}/files`]
    const environment = {
      DATABASE_URL: await createTestDatabase(),
      FILES_URL: bucket.url,
      SECRET_KEY: readFileSync(path.join(dataFolder, 'secret.key'), 'utf8'),
      ...bucket.environment,
    }
    expect((await migrate(environment, from)).text).toContain('Another process already works')
    await stack.killProduct()
    const wrong = await migrate(
      { ...environment, SECRET_KEY: 'another secret of some length' },
      from,
    )
    expect(wrong.text).toContain('SECRET_KEY_BEFORE')
    const moved = await migrate(environment, from)
    expect(moved.text).toMatch(/runs: 1 rows[\s\S]*1 files[\s\S]*1 runs wait/u)
    expect(moved.status).toBe(0)
    expect((await migrate(environment, from)).text).toContain('must be empty')

    // What PostgreSQL's own tools saved is a server, too.
    const saved = path.join(dataFolder, 'saved.dump')
    execFileSync(binary('pg_dump'), ['-Fc', '-f', saved, environment.DATABASE_URL])
    const restored = await createDatabase(inject('postgresUrl'))
    execFileSync(binary('pg_restore'), ['--no-owner', '-d', restored, saved])
    const { rows } = await runStatement(restored, 'select count(*)::int as count from runs')
    expect(rows).toEqual([{ count: 1 }])

    await stack.startProductAgain({ ...environment, DATABASE_URL: restored })
    await until(
      'the bot',
      async () => (await stack.kommoLog()).runs[0]?.state === 'finished',
      60_000,
    )
    const sends = await stack.sends()
    // The next messenger's two parts, with a link to the file in the bucket.
    expect(sends.map(send => send.connectionId).slice(2)).toEqual([3, 3])
    const link = JSON.stringify(sends.at(-1)?.body).match(/"url":"([^"]+)"/u)?.[1] ?? ''
    expect((await (await fetch(link)).bytes()).length).toBe(70_000)
  } finally {
    await stack.stop({ isComplete: true })
    await bucket.stop()
  }
})

it('says what it needs', async () => {
  expect((await migrate({}, [])).text).toContain('npm run migrate-data -- --from')
  const shared = { DATABASE_URL: 'postgres://127.0.0.1:1/x', FILES_URL: 's3://b' }
  const incomplete = await migrate(shared, ['--from', 'sqlite:/nonexistent.db'])
  expect(incomplete.text).toContain('SECRET_KEY: is needed with PostgreSQL')
  expect(incomplete.status).toBe(1)
})

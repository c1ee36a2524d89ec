import { parseArgs } from 'node:util'
import pino from 'pino'
import { z } from 'zod'
import { removeWebhooks } from '../cascade/sync-webhooks.ts'
import { systemClock } from '../storage/system-clock.ts'
import { readAccessToken } from '../integrations/kommo/access-token.ts'
import { openDatabase } from '../storage/database.ts'
import { loadSecret, SecretBox } from '../storage/secret-box.ts'
import { createClients } from './clients.ts'
import { readConfig } from './config.ts'

/** `npm run account -- add|list|remove`: accounts without a browser. Works while the server runs. */
const USAGE = `Usage:
  KOMMO_TOKEN=… RADIST_KEY=… npm run account -- add --subdomain S --account-id N --radist-company C [--radist-url U]
  npm run account -- list
  npm run account -- remove --account-id N
KOMMO_TOKEN is a long-lived token of a private integration, made by an administrator.
Secrets come from the environment, never as arguments.`

const idSchema = z.coerce.number().int().positive()
const addSchema = z.object({
  subdomain: z.string().regex(/^[a-z0-9-]+$/u, 'is the first part of the address, such as flowers'),
  'account-id': idSchema,
  'radist-company': idSchema,
  'radist-url': z.url({ protocol: /^https?$/u }).optional(),
})
const secretsSchema = z.object({ KOMMO_TOKEN: z.string().min(1), RADIST_KEY: z.string().min(1) })

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      subdomain: { type: 'string' },
      'account-id': { type: 'string' },
      'radist-company': { type: 'string' },
      'radist-url': { type: 'string' },
    },
  })
  // Only the database and the secret are needed here, not the integration's keys.
  const config = readConfig({ KOMMO_CLIENT_ID: '-', KOMMO_CLIENT_SECRET: '-', ...process.env })
  const database = await openDatabase(config.DATABASE_URL)
  const secret = loadSecret(config.SECRET_KEY, config.dataFolder)
  const box = new SecretBox(secret, config.SECRET_KEY_BEFORE)
  const log = pino({ level: 'silent' })
  const { accounts, radist } = createClients({ box, clock: systemClock, config, database, log })
  try {
    switch (positionals[0]) {
      case 'add': {
        const account = addSchema.parse(values)
        const secrets = secretsSchema.parse(process.env)
        await accounts.save(
          database,
          {
            id: account['account-id'],
            subdomain: account.subdomain,
            kommoToken: secrets.KOMMO_TOKEN,
            kommoTokenExpiresAt: readAccessToken(secrets.KOMMO_TOKEN).expiresAt,
            radist: {
              key: secrets.RADIST_KEY,
              url: account['radist-url'] ?? null,
              companyId: account['radist-company'],
            },
          },
          Date.now(),
        )
        say(
          `Account ${account.subdomain} is registered. A running server connects it within seconds.`,
        )
        return
      }
      case 'list': {
        const all = await accounts.list(database)
        if (all.length === 0) say('No account is registered.')
        for (const account of all) {
          const state = account.syncProblem ?? (account.radistSyncedAt ? 'connected' : 'waiting')
          const grant = await accounts.grants.find(database, account.id)
          const kommo = grant ? (grant.problem ?? 'connected') : 'removed'
          say(`${account.id}\t${account.subdomain}\tKommo: ${kommo}\tRadist: ${state}`)
        }
        return
      }
      case 'remove': {
        const id = idSchema.parse(values['account-id'])
        const account = await accounts.find(database, id)
        const settings = { publicUrl: config.PUBLIC_URL }
        // Radist would go on calling an address at which nobody knows the account.
        if (account) await removeWebhooks({ accounts, database, log, radist, settings }, account)
        const removed = await database.transaction().execute(trx => accounts.remove(trx, id))
        say(removed ? `Account ${id} is removed.` : `There is no account ${id}.`)
        if (!removed) process.exitCode = 1
        return
      }
      default:
        throw new Error(USAGE)
    }
  } finally {
    await database.destroy()
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

try {
  await main()
} catch (error) {
  const message =
    error instanceof z.ZodError ? z.prettifyError(error) : String((error as Error).message)
  process.stderr.write(`${message}\n${message === USAGE ? '' : `\n${USAGE}\n`}`)
  process.exitCode = 1
}

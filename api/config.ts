import path from 'node:path'
import { z } from 'zod'
import { databasePlace } from '../storage/database.ts'

const url = z.url({ protocol: /^https?$/u }).transform(text => text.replace(/\/+$/u, ''))
const environmentSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  HOST: z.string().default('0.0.0.0'),
  PUBLIC_URL: url.optional(),
  KOMMO_CLIENT_ID: z.string().min(1),
  KOMMO_CLIENT_SECRET: z.string().min(1),
  KOMMO_URL: z
    .string()
    .regex(/^https?:\/\/[^/\s]+$/u, 'must be https://{subdomain}.kommo.com, without a path')
    .default('https://{subdomain}.kommo.com'),
  /** Kommo may count by our address, whatever the account (Kommo server side, section 3). */
  KOMMO_MAX_REQUESTS_PER_SECOND: z.coerce.number().min(2).default(50),
  RADIST_API_URL: url.default('https://api.radist.online/v2'),
  DATABASE_URL: z.string().default('sqlite:./data/cascade.db'),
  FILES_URL: z
    .string()
    .regex(/^(?:file:.+|s3:\/\/[^/?]+)/u, 'must be file:<folder> or s3://<bucket>?endpoint=…')
    .default('file:./data/files'),
  FILES_PUBLIC_URL: url.optional(),
  /** What one Kommo account may store. */
  FILES_MAX_MB_PER_ACCOUNT: z.coerce.number().min(1).default(20_000),
  FILES_MAX_PER_ACCOUNT: z.coerce.number().int().min(1).default(5000),
  /** ClamAV's daemon, when uploads are to be scanned. */
  CLAMD_URL: z
    .string()
    .regex(/^(?:tcp:\/\/.+|unix:.+)/u, 'must be tcp://<host>:<port> or unix:<path>')
    .optional(),
  SECRET_KEY: z.string().min(16, 'must have 16 characters or more').optional(),
  /** While the key is being changed: the one before, to open what it sealed. */
  SECRET_KEY_BEFORE: z.string().min(1).optional(),
  DELIVERY_WAIT_SECONDS: z.coerce.number().min(1).max(86_400).default(60),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** For the crash tests: where the process is to die. */
  FAILPOINT: z.string().optional(),
  METRICS_TOKEN: z.string().min(1).optional(),
})

export type Config = Omit<z.infer<typeof environmentSchema>, 'PUBLIC_URL' | 'FILES_PUBLIC_URL'> & {
  PUBLIC_URL: string
  FILES_PUBLIC_URL: string
  /** Where the installation keeps its own secret and its lock. */
  dataFolder: string
}

/** Reads the environment. @throws Error that names every variable to mend, for a person to read */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = environmentSchema.safeParse(given)
  if (!parsed.success) {
    const lines = parsed.error.issues.map(issue => `  ${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`The configuration is not complete:\n${lines.join('\n')}`)
  }
  const config = parsed.data
  const place = databasePlace(config.DATABASE_URL)
  if (place.kind === 'postgres') checkShared(config)
  const publicUrl = config.PUBLIC_URL ?? `http://localhost:${config.PORT}`
  const databaseFile = place.kind === 'sqlite' ? place.file : './data/cascade.db'
  return {
    ...config,
    PUBLIC_URL: publicUrl,
    FILES_PUBLIC_URL: config.FILES_PUBLIC_URL ?? publicUrl,
    dataFolder: path.dirname(path.resolve(databaseFile)),
  }
}

/** What processes on several machines must have in common. */
function checkShared({ FILES_URL, SECRET_KEY }: z.infer<typeof environmentSchema>): void {
  const lines = [
    ...(SECRET_KEY === undefined
      ? ['  SECRET_KEY: is needed with PostgreSQL, the same for every process']
      : []),
    ...(FILES_URL.startsWith('s3:')
      ? []
      : [
          '  FILES_URL: must be s3://<bucket>?endpoint=… with PostgreSQL, so that every process finds every file',
        ]),
  ]
  if (lines.length > 0) throw new Error(`The configuration is not complete:\n${lines.join('\n')}`)
}

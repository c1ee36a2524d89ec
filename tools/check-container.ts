import { readFileSync } from 'node:fs'
import path from 'node:path'
import { validate } from 'dockerfile-utils'
import { parse } from 'yaml'
import { z } from 'zod'

/** The container files cannot be built everywhere that tests run, so they are read closely instead. */
const root = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')

/** What we use of the compose specification; anything else is a slip of the pen. */
const serviceSchema = z.strictObject({
  build: z.literal('.').optional(),
  image: z
    .string()
    .regex(/^[a-z/]+:[\w.-]+$/u, 'must name a version')
    .optional(),
  restart: z.literal('unless-stopped'),
  env_file: z.literal('.env').optional(),
  environment: z.record(z.string().regex(/^[A-Z_]+$/u), z.string()).optional(),
  volumes: z.array(z.string().regex(/^[a-z]+:\/[\w/]+$/u)).optional(),
  ports: z.array(z.string().regex(/^\d+:\d+$/u)).optional(),
  depends_on: z.array(z.string()).optional(),
  configs: z.array(z.strictObject({ source: z.string(), target: z.string() })).optional(),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/u)
    .optional(),
  read_only: z.boolean().optional(),
  tmpfs: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
})
const composeSchema = z.strictObject({
  services: z.record(z.string(), serviceSchema),
  configs: z.record(z.string(), z.strictObject({ content: z.string() })),
  volumes: z.record(z.string(), z.null()),
})

/** What the config reads and the container files set must be the same names. */
const NAMES_OF_COMPOSE = new Set(['DOMAIN', 'FILES_DOMAIN', 'NODE_ENV'])

/** @returns what is wrong with Dockerfile, compose.yaml and .env.example */
export function containerFaults(): string[] {
  const faults = validate(read('Dockerfile')).map(
    ({ message, range }) => `Dockerfile:${range.start.line + 1}: ${message}`,
  )
  const dockerfile = read('Dockerfile')
  for (const [, files = ''] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gmu)) {
    for (const file of files.split(' ')) {
      if (file !== '.' && !existsInRoot(file)) faults.push(`Dockerfile copies ${file}: not there`)
    }
  }
  const config = read('api/config.ts')
  const isRead = (name: string) => NAMES_OF_COMPOSE.has(name) || config.includes(`  ${name}:`)
  const compose = composeSchema.safeParse(parse(read('compose.yaml')))
  if (!compose.success) return [...faults, `compose.yaml: ${z.prettifyError(compose.error)}`]
  const { services, configs, volumes } = compose.data
  const set = [
    ...[...dockerfile.matchAll(/(?:^ENV|^ {4})\s*([A-Z_]+)=/gmu)].map(match => match[1] ?? ''),
    ...[...read('.env.example').matchAll(/^([A-Z_]+)=/gmu)].map(match => match[1] ?? ''),
    ...Object.values(services).flatMap(service => Object.keys(service.environment ?? {})),
  ]
  for (const name of set) if (!isRead(name)) faults.push(`${name} is set, but nothing reads it`)
  for (const [name, service] of Object.entries(services)) {
    for (const other of service.depends_on ?? []) {
      if (!(other in services)) faults.push(`compose.yaml: ${name} depends on ${other}: not there`)
    }
    for (const { source } of service.configs ?? []) {
      if (!(source in configs)) faults.push(`compose.yaml: no config ${source}`)
    }
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':')
      if (!(source in volumes)) faults.push(`compose.yaml: no volume ${source}`)
    }
  }
  for (const variable of read('compose.yaml').matchAll(/\$\{([A-Z_]+)\}/gu)) {
    if (!read('.env.example').includes(`${variable[1]}=`)) {
      faults.push(`compose.yaml: ${variable[1]} is not in .env.example`)
    }
  }
  return faults
}

function existsInRoot(file: string): boolean {
  try {
    read(file)
    return true
  } catch {
    return false
  }
}

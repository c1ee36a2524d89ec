import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import path from 'node:path'

/**
 * The demo's two processes, the product and the emulators, each started as an operator would start it.
 * The end-to-end tests use the same.
 */
const root = path.resolve(import.meta.dirname, '../..')

export type DemoSettings = {
  port: number
  kommoPort: number
  radistPort: number
  dataFolder: string
  environment: Readonly<Record<string, string | undefined>>
  /** Gets what the product writes to its log, instead of this process's own output. */
  onOutput?: (text: string) => void
}

export type Emulators = { kommoUrl: string; radistUrl: string; process: ChildProcess }
export type Product = {
  url: string
  process: ChildProcess
  environment: Readonly<Record<string, string | undefined>>
}

const INTEGRATION = {
  KOMMO_CLIENT_ID: 'demo-client-id',
  KOMMO_CLIENT_SECRET: 'demo-client-secret-of-the-emulated-integration',
}
/** The account that both emulators know. */
const ACCOUNT = {
  subdomain: 'flowers-madrid',
  accountId: 31_415_926,
  radistCompany: 501,
  kommoToken: 'demo-kommo-long-lived-token',
  radistKey: 'demo-radist-key',
}

export function startEmulators(settings: DemoSettings): Promise<Emulators> {
  const child = start('emulators/main.ts', {
    ...INTEGRATION,
    EMULATED_KOMMO_PORT: String(settings.kommoPort),
    EMULATED_RADIST_PORT: String(settings.radistPort),
    EMULATED_REDIRECT_URI: `${publicUrl(settings)}/oauth/kommo/callback`,
  })
  return ready(child, message => {
    const { kommoUrl, radistUrl } = message as { kommoUrl: string; radistUrl: string }
    return { kommoUrl, radistUrl, process: child }
  })
}

export function startProduct(
  settings: DemoSettings,
  emulators: Pick<Emulators, 'kommoUrl' | 'radistUrl'>,
): Promise<Product> {
  const environment = productEnvironment(settings, emulators)
  const child = start('api/main.ts', environment, settings.onOutput)
  return ready(child, message => ({
    url: (message as { ready: string }).ready,
    process: child,
    environment,
  }))
}

/** Registers the emulated account, by the same command as an operator would. */
export function addAccount(
  settings: DemoSettings,
  emulators: Pick<Emulators, 'kommoUrl' | 'radistUrl'>,
): void {
  const { subdomain, accountId, radistCompany, kommoToken, radistKey } = ACCOUNT
  const result = spawnSync(
    process.execPath,
    [
      path.join(root, 'api/account-command.ts'),
      'add',
      '--subdomain',
      subdomain,
      '--account-id',
      String(accountId),
      '--radist-company',
      String(radistCompany),
    ],
    {
      env: {
        ...process.env,
        ...productEnvironment(settings, emulators),
        KOMMO_TOKEN: kommoToken,
        RADIST_KEY: radistKey,
      },
      encoding: 'utf8',
    },
  )
  if (result.status !== 0) throw new Error(`The account could not be added: ${result.stderr}`)
}

/** Uploads the widget's archive to the emulated Kommo, and installs it, as its admin would. */
export async function installWidget(emulators: Emulators, zip: BodyInit): Promise<void> {
  const upload = await fetch(`${emulators.kommoUrl}/ajax/widgets/upload`, {
    method: 'POST',
    body: zip,
  })
  if (!upload.ok) throw new Error(`Kommo refuses the widget: ${await upload.text()}`)
  await fetch(`${emulators.kommoUrl}/ajax/widgets/save`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ settings: {}, active: 'Y' }),
  })
}

/** How Kommo's pages reach the product. */
function publicUrl({ port, environment }: DemoSettings): string {
  return environment['PUBLIC_URL'] ?? `http://localhost:${port}`
}

function productEnvironment(
  settings: DemoSettings,
  emulators: Pick<Emulators, 'kommoUrl' | 'radistUrl'>,
): Record<string, string | undefined> {
  return {
    ...INTEGRATION,
    PORT: String(settings.port),
    HOST: '127.0.0.1',
    PUBLIC_URL: publicUrl(settings),
    KOMMO_URL: emulators.kommoUrl,
    RADIST_API_URL: `${emulators.radistUrl}/v2`,
    DATABASE_URL: `sqlite:${path.join(settings.dataFolder, 'cascade.db')}`,
    FILES_URL: `file:${path.join(settings.dataFolder, 'files')}`,
    ...settings.environment,
  }
}

function start(
  script: string,
  environment: Readonly<Record<string, string | undefined>>,
  onOutput?: (text: string) => void,
): ChildProcess {
  const child = fork(path.join(root, script), {
    env: { ...process.env, ...environment },
    silent: onOutput !== undefined,
    // The emulators let Node take the types out of their pages' scripts, which it calls experimental.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => onOutput?.(data.toString()))
  }
  return child
}

function ready<T>(child: ChildProcess, read: (message: unknown) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', message => resolve(read(message)))
    child.once('exit', code => reject(new Error(`A process of the demo ended with ${code}`)))
  })
}

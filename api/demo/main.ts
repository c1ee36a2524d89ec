import { rm } from 'node:fs/promises'
import path from 'node:path'
import {
  addAccount,
  installWidget,
  startEmulators,
  startProduct,
  type DemoSettings,
} from './processes.ts'

/** `npm start` without configuration: the product beside an emulated Kommo and an emulated Radist. */
export async function startDemo(): Promise<void> {
  const port = Number(process.env['PORT'] ?? 8080)
  const dataFolder = path.resolve(import.meta.dirname, '../../data/demo')
  const settings: DemoSettings = {
    port,
    kommoPort: port + 1,
    radistPort: port + 2,
    dataFolder,
    // Ten seconds are enough to see a messenger stay silent.
    environment: {
      DELIVERY_WAIT_SECONDS: '10',
      LOG_LEVEL: 'warn',
      ...given('DELIVERY_WAIT_SECONDS', 'LOG_LEVEL', 'HOST', 'PUBLIC_URL'),
    },
  }
  // The emulators forget everything when they stop, so the product's own memory of them goes, too.
  await rm(dataFolder, { recursive: true, force: true })
  const emulators = await startEmulators(settings)
  addAccount(settings, emulators)
  const product = await startProduct(settings, emulators)
  await installWidget(emulators, await (await fetch(`${product.url}/widget.zip`)).blob())
  const bot = await fetch(`${emulators.kommoUrl}/ajax/bots`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Ready for pickup' }),
  })
  const { id } = (await bot.json()) as { id: number }
  process.stdout.write(`
Radist Cascade for Kommo: the demo runs.

  1. Write a message    ${emulators.kommoUrl}/bots/${id}   (Widgets, Radist.Online, Setup, Save)
  2. Run the bot        ${emulators.kommoUrl}/leads/2001
  3. Watch the phones   ${emulators.radistUrl}/   (deliver, stay silent, fail, reply)

  Product: ${product.url}/app/ (opened by "Configure it in Radist.online")   API: ${product.url}/api/openapi.json

Stop with Ctrl+C.
`)
  const stop = () => {
    product.process.kill('SIGTERM')
    emulators.process.kill('SIGTERM')
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  product.process.once('exit', code => {
    emulators.process.kill('SIGTERM')
    process.exitCode = code ?? 1
  })
}

function given(...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap(name => {
      const value = process.env[name]
      return value ? [[name, value] as const] : []
    }),
  )
}

import { startKommo } from './kommo/server.ts'
import { startRadist } from './radist/server.ts'

/** Both emulators in one process of their own, so that the product can die and they live on. */
const environment = (name: string): string => {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}
const kommo = await startKommo(Number(environment('EMULATED_KOMMO_PORT')), {
  clientId: environment('KOMMO_CLIENT_ID'),
  clientSecret: environment('KOMMO_CLIENT_SECRET'),
  redirectUri: environment('EMULATED_REDIRECT_URI'),
})
const radist = await startRadist(Number(environment('EMULATED_RADIST_PORT')))
process.send?.({ kommoUrl: kommo.url, radistUrl: radist.url })
process.on('disconnect', () => process.exit(0))

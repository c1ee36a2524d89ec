import { client } from '../../../lib/client.ts'

/** Ends the session here and at the server. */
export async function signOut(): Promise<void> {
  await client.api.session.$delete()
  location.reload()
}

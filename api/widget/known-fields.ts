import { z } from 'zod'
import { customFieldSchema, type CustomField } from '../../integrations/kommo/entities.ts'
import type { KommoFailure } from '../../integrations/kommo/client.ts'
import type { Account } from '../../storage/accounts.ts'
import { readKommoFields, saveKommoFields } from '../../storage/kommo-fields.ts'
import type { ApiServices } from '../services.ts'

/** What is shown may be this old without asking Kommo. */
const FRESH_MS = 5000
/** Where there is a list at hand, Kommo's newest is waited for this long at most. */
const PATIENCE_MS = 400

const ENTITIES = ['contacts', 'leads', 'companies'] as const
type Lists = Record<(typeof ENTITIES)[number], CustomField[]>
const listsSchema = z.object({
  contacts: z.array(customFieldSchema),
  leads: z.array(customFieldSchema),
  companies: z.array(customFieldSchema),
})

type Known = { lists: Lists; failure: KommoFailure | null }
type Needs = Pick<ApiServices, 'kommo' | 'database' | 'clock' | 'log'>

/**
 * The account's custom fields: the list at hand at once, brought up to date behind it, so that the menu of
 * masks never waits for Kommo. A new field is there as soon as Kommo has answered.
 */
export async function knownFields(services: Needs, account: Account): Promise<Known> {
  const { clock, database, log } = services
  const stored = await readKommoFields(database, account.id)
  const parsed = listsSchema.safeParse(stored?.fields)
  if (!stored || !parsed.success) return readFields(services, account)
  const atHand: Known = { lists: parsed.data, failure: null }
  if (clock.now() - stored.readAt < FRESH_MS) return atHand
  const newest = readFields(services, account, atHand.lists).catch((error: unknown) => {
    log.error({ account: account.id, err: error }, 'fields were not read')
    return atHand
  })
  const patience = clock.sleepUntil(clock.now() + PATIENCE_MS).then(() => atHand)
  return Promise.race([newest, patience])
}

/** What cannot be read now stays as it was. */
async function readFields(
  { kommo, database, clock }: Needs,
  account: Account,
  before: Lists = { contacts: [], leads: [], companies: [] },
): Promise<Known> {
  const lists = { ...before }
  // One after the other: the limiter lets no more out at once, and the first failure says enough.
  for (const entity of ENTITIES) {
    const result = await kommo.customFields(account, entity)
    if (!result.ok) return { lists: before, failure: result.failure }
    lists[entity] = result.value
  }
  await saveKommoFields(database, account.id, lists, clock.now())
  return { lists, failure: null }
}

import { STANDARD_FIELDS, MASK_ENTITIES } from '../../contracts/masks.ts'
import { messengerFacts } from '../../contracts/messengers.ts'
import type { Session, WidgetForm } from '../../contracts/widget-api.ts'
import type { KommoFailure } from '../../integrations/kommo/client.ts'
import type { Account } from '../../storage/accounts.ts'
import { readCascade } from '../../storage/cascades.ts'
import type { KommoGrant } from '../../storage/kommo-grants.ts'
import type { ApiServices } from '../services.ts'
import { knownFields } from './known-fields.ts'
import { sampleValues } from './sample-values.ts'

const ENTITIES_WITH_FIELDS = [
  { entity: 'Contact', path: 'contacts' },
  { entity: 'Deal', path: 'leads' },
  { entity: 'Company', path: 'companies' },
] as const

/** Kinds of fields that hold nothing to write in a message. */
const UNWRITABLE_TYPES = new Set(['file', 'items', 'tracking_data', 'linked_entity'])

/** The account's fields, its cascade's messengers, and whether all is connected. */
export async function widgetForm(
  services: ApiServices,
  account: Account,
  person: { isAdmin: boolean },
): Promise<WidgetForm> {
  const sampleOf = sampleValues(account, services.clock.now())
  const custom = await customFields(services, account, sampleOf)
  const fields: WidgetForm['fields'] = MASK_ENTITIES.flatMap(entity => [
    ...STANDARD_FIELDS[entity].map(code => ({
      entity,
      code,
      sample: sampleOf({ entity, field: code }),
    })),
    ...custom.fields.filter(field => field.entity === entity),
  ])
  const cascade = await readCascade(services.database, account.id)
  const messengers = cascade
    .filter(messenger => messenger.isOn && messenger.connections.some(one => one.ticked))
    .map(messenger => {
      const { name, imageMaxBytes, fileMaxBytes } = messengerFacts(messenger.type)
      return {
        name,
        ...(imageMaxBytes === undefined ? {} : { imageMaxBytes }),
        ...(fileMaxBytes === undefined ? {} : { fileMaxBytes }),
      }
    })
  return {
    fields,
    messengers,
    kommo: custom.kommo,
    radist: radistState(account),
    isAdmin: person.isAdmin,
  }
}

export function radistState(account: Account): WidgetForm['radist'] {
  if (!account.radist) return 'missing'
  if (account.syncProblem) return 'problem'
  return account.radistSyncedAt === null ? 'syncing' : 'connected'
}

async function customFields(
  services: ApiServices,
  account: Account,
  sampleOf: ReturnType<typeof sampleValues>,
): Promise<{ fields: WidgetForm['fields']; kommo: WidgetForm['kommo'] }> {
  const fields: WidgetForm['fields'] = []
  const { lists, failure } = await knownFields(services, account)
  for (const { entity, path } of ENTITIES_WITH_FIELDS) {
    for (const field of lists[path]) {
      // Phone and e-mail have masks of their own.
      const isStandard = ['PHONE', 'EMAIL'].includes(field.code ?? '') && entity === 'Contact'
      if (isStandard || UNWRITABLE_TYPES.has(field.type)) continue
      const code = `CF.${field.id}`
      fields.push({
        entity,
        code,
        name: field.name,
        sample: sampleOf({ entity, field: code }, field),
      })
    }
  }
  const state = kommoState(await services.accounts.grants.find(services.database, account.id))
  if (state !== 'connected') return { fields, kommo: 'disconnected' }
  return { fields, kommo: stateOf(failure) }
}

/** As far as it is known without asking Kommo. */
export function kommoState(grant: KommoGrant | null): Session['kommo'] {
  if (!grant || grant.problem === 'revoked') return 'disconnected'
  return grant.problem === 'not_admin' ? 'not_admin' : 'connected'
}

function stateOf(failure: KommoFailure | null): WidgetForm['kommo'] {
  if (!failure) return 'connected'
  return failure.code === 'disconnected' ? 'disconnected' : 'unavailable'
}

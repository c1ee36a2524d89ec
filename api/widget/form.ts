import { STANDARD_FIELDS, MASK_ENTITIES } from '../../contracts/masks.ts'
import { messengerFacts } from '../../contracts/messengers.ts'
import type { WidgetForm } from '../../contracts/widget-api.ts'
import type { KommoResult } from '../../integrations/kommo/client.ts'
import type { Account } from '../../storage/accounts.ts'
import { readCascade } from '../../storage/cascades.ts'
import type { ApiServices } from '../services.ts'
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
  { kommo }: ApiServices,
  account: Account,
  sampleOf: ReturnType<typeof sampleValues>,
): Promise<{ fields: WidgetForm['fields']; kommo: WidgetForm['kommo'] }> {
  const fields: WidgetForm['fields'] = []
  let state: WidgetForm['kommo'] = 'connected'
  const results = await Promise.all(
    ENTITIES_WITH_FIELDS.map(async ({ entity, path }) => ({
      entity,
      result: await kommo.customFields(account, path),
    })),
  )
  for (const { entity, result } of results) {
    if (!result.ok) {
      state = stateOf(result)
      continue
    }
    for (const field of result.value) {
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
  return { fields, kommo: state }
}

function stateOf(result: KommoResult<unknown>): WidgetForm['kommo'] {
  if (result.ok) return 'connected'
  return result.failure.code === 'disconnected' ? 'disconnected' : 'unavailable'
}

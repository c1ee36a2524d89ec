import { createRoute, z } from '@hono/zod-openapi'
import { webhooksLookDead } from '../../cascade/webhooks-health.ts'
import {
  connectionsSchema,
  filesSchema,
  kommoConnectionSchema,
  kommoConsentSchema,
  kommoTokenSchema,
  newChatsChangeSchema,
  newChatsSchema,
  preferencesChangeSchema,
  radistChangeSchema,
  type Connections,
  type KommoConnection,
  type NewChats,
} from '../../contracts/connections.ts'
import { messengerFacts } from '../../contracts/messengers.ts'
import type { ApiErrorCode } from '../../contracts/errors.ts'
import type { KommoFailure } from '../../integrations/kommo/client.ts'
import { consentUrlOf } from '../../integrations/kommo/hosts.ts'
import type { RadistFailure } from '../../integrations/radist/client.ts'
import { readAccessToken } from '../../integrations/kommo/access-token.ts'
import { isRadistUrl } from '../../integrations/radist/hosts.ts'
import type { Account } from '../../storage/accounts.ts'
import { newChatsIn, readConnections, setConnection } from '../../storage/cascades.ts'
import { deleteFile, findFile, listFiles } from '../../storage/files.ts'
import { createState } from '../../storage/oauth-states.ts'
import { heldRunIds } from '../../storage/runs.ts'
import { HttpError } from '../http-error.ts'
import { errorResponses, jsonOf, newApi } from '../openapi.ts'
import type { ApiServices } from '../services.ts'
import { kommoState, radistState } from '../widget/form.ts'
import {
  requireAdmin,
  requireOwnOrigin,
  requireSession,
  type SettingsVariables,
} from './session.ts'

const connectionsRoute = createRoute({
  method: 'get',
  path: '/connections',
  responses: { 200: jsonOf(connectionsSchema, 'What connects the account'), ...errorResponses },
})
const radistRoute = createRoute({
  method: 'put',
  path: '/connections/radist',
  request: { body: jsonOf(radistChangeSchema, 'Host, company and key; checked at once') },
  responses: { 200: jsonOf(connectionsSchema, 'Connected'), ...errorResponses },
})
const syncRoute = createRoute({
  method: 'post',
  path: '/connections/radist/sync',
  responses: { 200: jsonOf(connectionsSchema, 'A sync begins'), ...errorResponses },
})
const kommoRoute = createRoute({
  method: 'get',
  path: '/connections/kommo',
  responses: { 200: jsonOf(kommoConnectionSchema, 'What Kommo says'), ...errorResponses },
})
const kommoTokenRoute = createRoute({
  method: 'put',
  path: '/connections/kommo',
  request: { body: jsonOf(kommoTokenSchema, 'A long-lived token; checked at once') },
  responses: { 200: jsonOf(kommoConnectionSchema, 'Connected'), ...errorResponses },
})
const kommoConsentRoute = createRoute({
  method: 'post',
  path: '/connections/kommo/consent',
  responses: { 200: jsonOf(kommoConsentSchema, 'Where to agree, once'), ...errorResponses },
})
const newChatsRoute = createRoute({
  method: 'get',
  path: '/connections/new-chats',
  responses: { 200: jsonOf(newChatsSchema, 'New chats of this month'), ...errorResponses },
})
const newChatsChangeRoute = createRoute({
  method: 'put',
  path: '/connections/new-chats',
  request: { body: jsonOf(newChatsChangeSchema, 'What a plan allows') },
  responses: { 200: jsonOf(newChatsSchema, 'Saved'), ...errorResponses },
})
const preferencesRoute = createRoute({
  method: 'put',
  path: '/preferences',
  request: { body: jsonOf(preferencesChangeSchema, 'How runs use Kommo') },
  responses: { 200: jsonOf(connectionsSchema, 'Saved'), ...errorResponses },
})
const filesRoute = createRoute({
  method: 'get',
  path: '/stored-files',
  responses: { 200: jsonOf(filesSchema, 'The account’s files'), ...errorResponses },
})
const deleteFileRoute = createRoute({
  method: 'delete',
  path: '/stored-files/{id}',
  request: { params: z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{10,64}$/u) }) },
  responses: { 204: { description: 'Deleted' }, ...errorResponses },
})

const RADIST_ERRORS: Record<RadistFailure['code'], ApiErrorCode> = {
  key_refused: 'radist_key_refused',
  company_not_found: 'radist_company_not_found',
  unavailable: 'radist_unavailable',
  unexpected_answer: 'radist_unavailable',
}

/** Keys, hosts, preferences and files of an account: for admins alone. */
export function connectionsRoutes(services: ApiServices) {
  const { accounts, clock, config, database, fileLinks, fileStore, kommo, radist } = services
  const app = newApi<SettingsVariables>()
  for (const path of [
    '/connections',
    '/connections/*',
    '/preferences',
    '/stored-files',
    '/stored-files/*',
  ]) {
    app.use(path, requireOwnOrigin(services), requireSession(services), requireAdmin)
  }
  return app
    .openapi(connectionsRoute, async context =>
      context.json(await connectionsOf(context.get('account')), 200),
    )
    .openapi(radistRoute, async context => {
      const account = context.get('account')
      const { url: written, companyId, key: given } = context.req.valid('json')
      const url = (written === '' ? config.RADIST_API_URL : written).replace(/\/+$/u, '')
      const isCurrent = url === account.radist?.url
      if (!isCurrent && !isRadistUrl(url, config.RADIST_API_URL)) {
        throw new HttpError('radist_host_not_allowed')
      }
      // The kept key goes to the host that it was given for, and to no other.
      const key = given ?? (isCurrent ? account.radist?.key : undefined)
      if (key === undefined) throw new HttpError('radist_key_needed')
      const checked = await radist.connections({ accountId: account.id, key, url, companyId })
      if (!checked.ok) throw new HttpError(RADIST_ERRORS[checked.failure.code])
      await accounts.setRadist(database, account, { key, url, companyId })
      return context.json(await connectionsOf(await reread(account)), 200)
    })
    .openapi(syncRoute, async context => {
      const account = context.get('account')
      if (!account.radist) throw new HttpError('radist_key_needed')
      await accounts.setRadist(database, account, account.radist)
      return context.json(await connectionsOf(await reread(account)), 200)
    })
    .openapi(kommoRoute, async context =>
      context.json(await kommoConnection(context.get('account')), 200),
    )
    .openapi(kommoTokenRoute, async context => {
      const account = context.get('account')
      const { token } = context.req.valid('json')
      const checked = await kommo.account({ ...account, token })
      if (!checked.ok) {
        const isDown = checked.failure.code === 'unavailable'
        throw new HttpError(isDown ? 'kommo_unavailable' : 'kommo_token_refused')
      }
      if (checked.value.id !== account.id) throw new HttpError('kommo_token_refused')
      const admin = await kommo.isAdmin({ ...account, token })
      if (admin.ok && !admin.value) throw new HttpError('kommo_not_admin')
      const { expiresAt } = readAccessToken(token)
      await accounts.setKommoToken(database, account.id, { token, expiresAt }, clock.now())
      return context.json(await kommoConnection(await reread(account)), 200)
    })
    .openapi(kommoConsentRoute, async context => {
      const state = await createState(database, context.get('account').id, clock.now())
      const url = consentUrlOf(config.KOMMO_URL, config.KOMMO_CLIENT_ID, state)
      return context.json({ url }, 200)
    })
    .openapi(newChatsRoute, async context =>
      context.json(await newChatsOf(context.get('account')), 200),
    )
    .openapi(newChatsChangeRoute, async context => {
      const account = context.get('account')
      const { connectionId, newChatsMax } = context.req.valid('json')
      const known = await readConnections(database, account.id)
      if (known.every(one => one.connectionId !== connectionId)) throw new HttpError('not_found')
      const change = { new_chats_max: newChatsMax }
      await setConnection(database, account.id, connectionId, change)
      return context.json(await newChatsOf(account), 200)
    })
    .openapi(preferencesRoute, async context => {
      const account = context.get('account')
      const { usernameFieldId, writesNote, retentionDays } = context.req.valid('json')
      await accounts.update(database, account.id, {
        username_field_id: usernameFieldId,
        writes_note: writesNote ? 1 : 0,
        retention_days: retentionDays,
      })
      return context.json(await connectionsOf(await reread(account)), 200)
    })
    .openapi(filesRoute, async context => {
      const { id: accountId } = context.get('account')
      const files = await listFiles(database, accountId)
      return context.json(
        {
          files: files.map(({ createdAt, lastUsedAt, isKept, ...file }) => ({
            id: file.id,
            name: file.name,
            size: file.size,
            kind: file.kind,
            state: file.state,
            createdAt: iso(createdAt),
            lastUsedAt: lastUsedAt === null ? null : iso(lastUsedAt),
            isKept,
            url: file.state === 'ready' ? fileLinks.url(accountId, file.id, clock.now()) : null,
          })),
          usedBytes: files.reduce((sum, file) => sum + file.size, 0),
          maxBytes: config.FILES_MAX_MB_PER_ACCOUNT * 1024 * 1024,
        },
        200,
      )
    })
    .openapi(deleteFileRoute, async context => {
      const { id: accountId } = context.get('account')
      const file = await findFile(database, accountId, context.req.valid('param').id)
      if (!file) throw new HttpError('not_found')
      // The row last: it is what the bytes are found by.
      await fileStore.remove(file.id)
      await deleteFile(database, accountId, file.id)
      return context.body(null, 204)
    })

  async function reread(account: Account): Promise<Account> {
    const found = await accounts.find(database, account.id)
    if (!found) throw new HttpError('signed_out')
    return found
  }

  async function connectionsOf(account: Account): Promise<Connections> {
    const all = await readConnections(database, account.id)
    const connections = all.filter(one => one.state !== 'deleted')
    const { radist: access, radistSyncedAt, usernameFieldId, writesNote, retentionDays } = account
    return {
      radist: {
        state: radistState(account),
        problem: account.syncProblem,
        url: access?.url ?? config.RADIST_API_URL,
        companyId: access?.companyId ?? null,
        hasKey: access !== null,
        syncedAt: radistSyncedAt === null ? null : iso(radistSyncedAt),
        sync: account.sync,
        connections: connections.length,
      },
      webhooks: {
        subscribed: connections.filter(one => one.webhookId !== null).length,
        lookDead: await webhooksLookDead(database, account.id, clock.now()),
        rival: account.webhookRival,
      },
      preferences: { usernameFieldId, writesNote, retentionDays },
    }
  }

  async function newChatsOf(account: Account): Promise<NewChats> {
    const now = clock.now()
    const all = await readConnections(database, account.id)
    return {
      connections: all
        .filter(one => one.state !== 'deleted' && messengerFacts(one.messenger).canWriteFirst)
        .map(({ connectionId, name, messenger, newChatsMax, ...counted }) => ({
          connectionId,
          name,
          messenger: messengerFacts(messenger).name,
          newChats: newChatsIn(counted, now),
          newChatsMax,
        })),
    }
  }

  async function stateOf(
    account: Account,
    failure: KommoFailure | null,
  ): Promise<KommoConnection['state']> {
    if (failure) return failure.code === 'disconnected' ? 'disconnected' : 'unavailable'
    return kommoState(await accounts.grants.find(database, account.id))
  }

  async function grantOf(account: Account): Promise<KommoConnection['grant']> {
    const grant = await accounts.grants.find(database, account.id)
    if (!grant) return null
    const isConsent = grant.refreshToken !== null
    const by = grant.grantedBy === null ? null : await kommo.user(account, grant.grantedBy)
    return {
      kind: isConsent ? 'consent' : 'long_lived',
      grantedBy: by?.ok ? (by.value.name ?? null) : null,
      endsAt: isConsent || grant.expiresAt === null ? null : iso(grant.expiresAt),
    }
  }

  async function kommoConnection(account: Account): Promise<KommoConnection> {
    const fields = await kommo.customFields(account, 'contacts')
    const held = await heldRunIds(database, account.id)
    return {
      state: await stateOf(account, fields.ok ? null : fields.failure),
      grant: await grantOf(account),
      url: kommo.accountUrl(account.subdomain),
      connectedAt: iso(account.connectedAt),
      heldBots: held.length,
      usernameFields: fields.ok
        ? fields.value
            .filter(field => field.type === 'text' || field.type === 'url')
            .map(({ id, name }) => ({ id, name }))
        : [],
    }
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

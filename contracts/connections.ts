import { z } from '@hono/zod-openapi'

/** What connects an account: Radist, Kommo, and how runs use them. Times are ISO 8601. */

const RETENTION_MIN_DAYS = 1
const RETENTION_MAX_DAYS = 3650

const radistStateSchema = z.enum(['connected', 'syncing', 'missing', 'problem'])

export const connectionsSchema = z
  .object({
    radist: z.object({
      state: radistStateSchema,
      /** Of the closed list that the client knows; null while all is well. */
      problem: z.string().nullable(),
      url: z.string(),
      companyId: z.number().int().nullable(),
      hasKey: z.boolean(),
      syncedAt: z.string().nullable(),
      sync: z
        .object({
          stage: z.enum(['connections', 'webhooks', 'chats']),
          /** Chats that were read so far. */
          chats: z.number().int(),
        })
        .nullable(),
      connections: z.number().int(),
    }),
    webhooks: z.object({
      subscribed: z.number().int(),
      lookDead: z.boolean(),
      /** The host of another service, where its subscriptions and ours displace one another. */
      rival: z.string().nullable(),
    }),
    preferences: z.object({
      usernameFieldId: z.number().int().nullable(),
      writesNote: z.boolean(),
      retentionDays: z.number().int(),
    }),
  })
  .openapi('Connections')
export type Connections = z.infer<typeof connectionsSchema>

/** What Kommo itself says, asked when the page is opened. */
export const kommoConnectionSchema = z
  .object({
    state: z.enum(['connected', 'disconnected', 'not_admin', 'unavailable']),
    /** How we were let in; null once the integration was removed. */
    grant: z
      .object({
        kind: z.enum(['consent', 'long_lived']),
        /** Who agreed, as Kommo names them. */
        grantedBy: z.string().nullable(),
        /** When a long-lived token ends; those of a consent are renewed. */
        endsAt: z.string().nullable(),
      })
      .nullable(),
    url: z.string(),
    connectedAt: z.string(),
    /** Bots that wait until the account is connected again. */
    heldBots: z.number().int(),
    /** Fields of contacts that may hold a username. */
    usernameFields: z.array(z.object({ id: z.number().int(), name: z.string() })),
  })
  .openapi('KommoConnection')
export type KommoConnection = z.infer<typeof kommoConnectionSchema>

export const radistChangeSchema = z
  .strictObject({
    url: z.string().trim().max(500),
    companyId: z.number().int().positive(),
    /** Left out, the present one is kept. It is never given out again. */
    key: z.string().trim().min(1).max(500).optional(),
  })
  .openapi('RadistChange')

export const kommoTokenSchema = z
  .strictObject({ token: z.string().trim().min(1).max(8000) })
  .openapi('KommoToken')

export const kommoConsentSchema = z
  .object({ /** Kommo's page on which an administrator agrees. */ url: z.string() })
  .openapi('KommoConsent')

export type KommoConsent = z.infer<typeof kommoConsentSchema>

const NEW_CHATS_MAX = 1_000_000

/** New chats that connections made this calendar month, and what their plans allow. */
export const newChatsSchema = z
  .object({
    connections: z.array(
      z.object({
        connectionId: z.number().int(),
        name: z.string(),
        messenger: z.string(),
        newChats: z.number().int(),
        /** null: as many as wanted. */
        newChatsMax: z.number().int().nullable(),
      }),
    ),
  })
  .openapi('NewChats')
export type NewChats = z.infer<typeof newChatsSchema>
export const newChatsChangeSchema = z
  .strictObject({
    connectionId: z.number().int(),
    newChatsMax: z.number().int().min(0).max(NEW_CHATS_MAX).nullable(),
  })
  .openapi('NewChatsChange')
export type NewChatsChange = z.infer<typeof newChatsChangeSchema>

export const preferencesChangeSchema = z
  .strictObject({
    usernameFieldId: z.number().int().positive().nullable(),
    writesNote: z.boolean(),
    retentionDays: z.number().int().min(RETENTION_MIN_DAYS).max(RETENTION_MAX_DAYS),
  })
  .openapi('PreferencesChange')
export type PreferencesChange = z.infer<typeof preferencesChangeSchema>

const fileSchema = z.object({
  id: z.string(),
  name: z.string(),
  size: z.number(),
  kind: z.enum(['image', 'file']),
  state: z.enum(['uploading', 'scanning', 'ready', 'infected']),
  createdAt: z.string(),
  /** When a run last sent it; null if none ever did. */
  lastUsedAt: z.string().nullable(),
  /** A saved step keeps it. What no step kept goes after a week. */
  isKept: z.boolean(),
  url: z.string().nullable(),
})
export type AccountFile = z.infer<typeof fileSchema>
export const filesSchema = z
  .object({
    files: z.array(fileSchema),
    usedBytes: z.number(),
    maxBytes: z.number(),
  })
  .openapi('Files')
export type Files = z.infer<typeof filesSchema>

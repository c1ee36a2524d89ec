import { z } from 'zod'

/**
 * Where the sources on Kommo disagree or are silent, the emulated one does it either way (widget SDK
 * 7 and 8.7). Set by `POST /ajax/switches`, shown to the page at its start.
 */
export const switchesSchema = z.object({
  /** How the hook's body is encoded. */
  encoding: z.enum(['form', 'json']).default('form'),
  /** `salesbotDesignerSettings` is called twice for each card. */
  isSettingsCalledTwice: z.boolean().default(false),
  /** What a card that was just added gets as its parameters: the defaults, or empty objects. */
  firstParams: z.enum(['defaults', 'empty']).default('defaults'),
  /** The shape in which `onSalesbotDesignerSave` gets the values. */
  saveParams: z.enum(['flat', 'nested', 'value_manual', 'objects']).default('flat'),
  /** The widget's `render` counts as false: `init` is never called. */
  isRenderFalsy: z.boolean().default(false),
  /** Newer pages name a CDN besides the path. */
  hasCdnPath: z.boolean().default(false),
  /** How `$authorizedAjax` adds its token: an option that others see, or on its way out. */
  tokenBy: z.enum(['headers', 'beforeSend']).default('headers'),
  /** A page whose styles and shortcuts reach for everything. */
  isHostile: z.boolean().default(false),
  /** A refresh token is good once, or until the pair that it gave was used. */
  refreshToken: z.enum(['once', 'until_used']).default('once'),
  /** What the disable hook calls the integration. */
  disableParameter: z.enum(['client_uuid', 'client_id']).default('client_uuid'),
  /** The algorithm of the hook's token. */
  hookAlgorithm: z.enum(['HS512', 'HS256']).default('HS512'),
  /** How long a hook may take. Kommo's two seconds; where much runs on a slow machine, more. */
  hookAnswerMs: z.number().positive().default(2000),
  /** What the hook's token calls the integration. */
  hookClientClaim: z.enum(['client_uuid', 'client_uid']).default('client_uuid'),
  /** The hook comes twice, as if Kommo repeated it. */
  isHookRepeated: z.boolean().default(false),
  /** `entity_type` in the hook's token: a number or a word. */
  entityType: z.enum(['number', 'word']).default('number'),
  /** The key of an enum in a contact's values. */
  enumKey: z.enum(['enum_code', 'enum']).default('enum_code'),
  /** Bots that are launched through the API on a deal run as this one. */
  botType: z.enum(['salesbot', 'marketingbot']).default('salesbot'),
  /** Seconds until a bot that waits is forgotten; continue is answered with 404 then. */
  continueLifeSeconds: z.number().positive().default(86_400),
  /** What the list of bots is called in the API's answer. */
  botList: z.enum(['bots', 'items']).default('bots'),
})
export type Switches = z.infer<typeof switchesSchema>

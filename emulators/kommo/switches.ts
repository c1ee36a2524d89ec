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
  /** What the list of bots is called in the API's answer. */
  botList: z.enum(['bots', 'items']).default('bots'),
})
export type Switches = z.infer<typeof switchesSchema>

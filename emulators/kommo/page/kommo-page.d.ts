import type { Switches } from '../switches.ts'

/** What the emulated page's AMD modules share. */
export type Callback = (...parameters: never[]) => unknown
export type WidgetInstance = {
  callbacks: Record<string, ((...parameters: unknown[]) => unknown) | undefined>
  ns?: string
  init_once?: boolean
  set_lang(texts: unknown): void
  set_settings(settings: Record<string, unknown>): void
}
export type WidgetRow = {
  id: number
  src: string
  lang: string
  path: string
  images_path: string
  settings: Record<string, string>
  installed_version: string
  oauth_client_uuid: string
  active: 'Y' | 'N'
  status: string
  name: string
  salesbot_designer: Record<
    string,
    {
      name: string
      settings: Record<string, { name: string; default_value?: string; manual?: boolean }>
    }
  >
}

declare global {
  interface Window {
    __BOOT__: {
      user: { id: number; name: string; theme: string; isAdmin: boolean }
      accountId: number
      language: string
      switches: Switches
    }
    APP: Record<string, unknown> & { widgets: { list: Record<string, WidgetInstance> } }
    AMOCRM: unknown
    /** Events of a widget's own that reached the hostile page. */
    __TAKEN__?: string[]
  }
}

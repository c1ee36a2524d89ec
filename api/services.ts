import type { Locker } from '@tus/server'
import type { Engine } from '../cascade/engine.ts'
import type { Services } from '../cascade/services.ts'
import type { StoredCredentials } from '../integrations/kommo/credentials.ts'
import type { KommoOAuth } from '../integrations/kommo/oauth.ts'
import type { Store } from '../integrations/files/store.ts'
import type { FileLinks } from '../integrations/files/links.ts'
import type { Config } from './config.ts'
import type { Readiness } from './readiness.ts'
import type { TokenSettings } from './tokens.ts'
import type { Scans } from './widget/scans.ts'

export type ApiServices = Services & {
  config: Config
  engine: Engine
  credentials: StoredCredentials
  oauth: KommoOAuth
  tokens: TokenSettings
  fileStore: Store
  readiness: Readiness
  fileLinks: FileLinks
  /** Undefined where this is the only process. */
  uploadLocker: Locker | undefined
  /** Null where no virus scanner is configured. */
  scans: Scans | null
}

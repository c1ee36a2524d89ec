import type { Engine } from '../cascade/engine.ts'
import type { Services } from '../cascade/services.ts'
import type { DiskStore } from '../integrations/files/disk-store.ts'
import type { FileLinks } from '../integrations/files/links.ts'
import type { Config } from './config.ts'
import type { TokenSettings } from './tokens.ts'

export type ApiServices = Services & {
  config: Config
  engine: Engine
  tokens: TokenSettings
  fileStore: DiskStore
  fileLinks: FileLinks
}

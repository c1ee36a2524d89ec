import type { Account } from '../../storage/accounts.ts'
import type { ApiServices } from '../services.ts'

const KNOWN_FOR_MS = 10 * 60_000

/** Kommo's names of the account's people, asked for once in a while. */
export class UserNames {
  private readonly services: ApiServices
  private readonly known = new Map<string, { name: string | null; until: number }>()

  constructor(services: ApiServices) {
    this.services = services
  }

  /** @returns a name for each user that Kommo knows; the others are missing */
  async of(account: Account, userIds: readonly number[]): Promise<Map<number, string>> {
    const names = new Map<number, string>()
    for (const id of new Set(userIds)) {
      const name = await this.nameOf(account, id)
      if (name) names.set(id, name)
    }
    return names
  }

  private async nameOf(account: Account, userId: number): Promise<string | null> {
    const { clock, kommo } = this.services
    const key = `${account.id}:${userId}`
    const known = this.known.get(key)
    if (known && known.until > clock.now()) return known.name
    const user = await kommo.user(account, userId)
    // While Kommo cannot say, what was known still holds.
    if (!user.ok && user.failure.code === 'unavailable') return known?.name ?? null
    const name = user.ok ? (user.value.name ?? null) : null
    this.known.set(key, { name, until: clock.now() + KNOWN_FOR_MS })
    return name
  }
}

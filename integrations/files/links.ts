import { createHmac, timingSafeEqual } from 'node:crypto'

/** Long enough for a queue of retries at the messenger, short enough to be worthless later. */
const LINK_LIFE_MS = 48 * 3600_000

/** Unguessable, signed, expiring addresses of files. */
export class FileLinks {
  private readonly key: string
  private readonly publicUrl: string

  constructor(key: string, publicUrl: string) {
    this.key = key
    this.publicUrl = publicUrl
  }

  url(accountId: number, fileId: string, now: number): string {
    // Rounded, so that a preview which is asked for twice comes from the browser's cache.
    const expiresAt = Math.ceil((now + LINK_LIFE_MS) / 3600_000) * 3600
    const body = `${accountId}.${fileId}.${expiresAt}`
    return `${this.publicUrl}/files/${body}.${this.sign(body)}`
  }

  read(signed: string, now: number): { accountId: number; fileId: string } | null {
    const match = /^((\d+)\.([A-Za-z0-9_-]+)\.(\d+))\.([A-Za-z0-9_-]+)$/u.exec(signed)
    const [, body, accountId, fileId, expiresAt, signature] = match ?? []
    if (!body || !fileId || !signature) return null
    const expected = Buffer.from(this.sign(body))
    const given = Buffer.from(signature)
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null
    return Number(expiresAt) * 1000 > now ? { accountId: Number(accountId), fileId } : null
  }

  private sign(body: string): string {
    return createHmac('sha256', this.key).update(body).digest('base64url')
  }
}

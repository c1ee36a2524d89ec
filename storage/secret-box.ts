import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const OPENED_MAX = 5000

/** Encrypts tokens and keys at rest: AES-256-GCM, a fresh nonce each time. */
export class SecretBox {
  private readonly key: Buffer
  private readonly cipherKey: KeyObject
  /** What was opened lately: every request needs the same few secrets. */
  private readonly opened = new Map<string, string>()

  /** @param secret any text with enough entropy; the key is its SHA-256 */
  constructor(secret: string) {
    this.key = createHash('sha256').update(secret).digest()
    this.cipherKey = createSecretKey(this.key)
  }

  seal(plain: string): string {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.cipherKey, nonce)
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
    return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`
  }

  open(sealed: string): string {
    const known = this.opened.get(sealed)
    if (known !== undefined) return known
    const plain = this.decrypt(sealed)
    if (this.opened.size >= OPENED_MAX) this.opened.clear()
    this.opened.set(sealed, plain)
    return plain
  }

  private decrypt(sealed: string): string {
    const bytes = Buffer.from(sealed.replace(/^v1\./u, ''), 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', this.cipherKey, bytes.subarray(0, 12))
    decipher.setAuthTag(bytes.subarray(12, 28))
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
  }

  /** A key for another purpose, derived so that the two never mix. */
  derive(purpose: string): string {
    return createHash('sha256').update(this.key).update(purpose).digest('base64url')
  }
}

/** The secret of this installation: `SECRET_KEY`, or one made in the data folder at first start. */
export function loadSecret(secretKey: string | undefined, dataFolder: string): string {
  if (secretKey) return secretKey
  const file = path.join(dataFolder, 'secret.key')
  if (!existsSync(file)) {
    mkdirSync(dataFolder, { recursive: true })
    try {
      writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      // Another process was faster: its key is the one.
      if (!existsSync(file)) throw error
    }
  }
  return readFileSync(file, 'utf8').trim()
}

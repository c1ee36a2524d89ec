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

/** Beside the database, where no SECRET_KEY is given. */
export const SECRET_FILE = 'secret.key'

const OPENED_MAX = 5000
const WRONG_KEY =
  'What is stored was sealed with another SECRET_KEY. Give that one, or give it as SECRET_KEY_BEFORE ' +
  'beside the new one.'

/** Encrypts tokens and keys at rest: AES-256-GCM, a fresh nonce each time. */
export class SecretBox {
  private readonly key: Buffer
  private readonly cipherKey: KeyObject
  private readonly before: SecretBox | null
  /** What was opened lately: every request needs the same few secrets. */
  private readonly opened = new Map<string, string>()

  /**
   * @param secret any text with enough entropy; the key is its SHA-256
   * @param before the secret of before, while it is being changed
   */
  constructor(secret: string, before?: string) {
    this.key = createHash('sha256').update(secret).digest()
    this.cipherKey = createSecretKey(this.key)
    this.before = before === undefined ? null : new SecretBox(before)
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
    const plain = this.decrypt(sealed) ?? this.before?.decrypt(sealed) ?? null
    if (plain === null) throw new Error(WRONG_KEY)
    if (this.opened.size >= OPENED_MAX) this.opened.clear()
    this.opened.set(sealed, plain)
    return plain
  }

  /** @returns the same, sealed with the present secret; null when it is already */
  reseal(sealed: string): string | null {
    return this.decrypt(sealed) === null ? this.seal(this.open(sealed)) : null
  }

  /** @returns null for what another key has sealed */
  private decrypt(sealed: string): string | null {
    const bytes = Buffer.from(sealed.replace(/^v1\./u, ''), 'base64url')
    try {
      const options = { authTagLength: 16 }
      const nonce = bytes.subarray(0, 12)
      const decipher = createDecipheriv('aes-256-gcm', this.cipherKey, nonce, options)
      decipher.setAuthTag(bytes.subarray(12, 28))
      const body = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()])
      return body.toString('utf8')
    } catch {
      return null
    }
  }

  /** A key for another purpose, derived so that the two never mix. */
  derive(purpose: string): string {
    return createHash('sha256').update(this.key).update(purpose).digest('base64url')
  }
}

/** The secret of this installation: `SECRET_KEY`, or one made in the data folder at first start. */
export function loadSecret(secretKey: string | undefined, dataFolder: string): string {
  if (secretKey) return secretKey
  const file = path.join(dataFolder, SECRET_FILE)
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

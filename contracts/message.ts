import * as z from 'zod/mini'

/** What a SalesBot step says. Stored as JSON text in the step itself; only the file's bytes are ours. */
export const MESSAGE_VERSION = 1
export const MESSAGE_MAX_CHARACTERS = 4096
/** Kommo limits a whole bot to 64 KB, so one message takes 12 KB of it at most. */
export const MESSAGE_MAX_BYTES = 12 * 1024
export const FILE_MAX_BYTES = 104_857_600
export const FILE_NAME_MAX_CHARACTERS = 200

const fileSchema = z.object({
  id: z.string().check(z.regex(/^[A-Za-z0-9_-]{10,64}$/u)),
  name: z.string().check(z.minLength(1), z.maxLength(FILE_NAME_MAX_CHARACTERS)),
  size: z.int().check(z.minimum(0), z.maximum(FILE_MAX_BYTES)),
  kind: z.enum(['image', 'file']),
})
const messageSchema = z.object({
  version: z.literal(MESSAGE_VERSION),
  text: z.string().check(z.maxLength(MESSAGE_MAX_CHARACTERS)),
  file: z.optional(fileSchema),
})

export type MessageFile = z.infer<typeof fileSchema>
export type Message = z.infer<typeof messageSchema>

export type MessageProblem = 'empty' | 'not_json' | 'unknown_version' | 'invalid' | 'too_large'

/** Reads a step's `message` value. `{}` and nothing mean that the step was never set up. */
export function parseMessage(
  json: string,
): { ok: true; message: Message } | { ok: false; problem: MessageProblem } {
  if (json.trim() === '') return { ok: false, problem: 'empty' }
  if (encodedBytes(json) > MESSAGE_MAX_BYTES) return { ok: false, problem: 'too_large' }
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return { ok: false, problem: 'not_json' }
  }
  const head = z.object({ version: z.optional(z.unknown()) }).safeParse(value)
  if (!head.success) return { ok: false, problem: 'invalid' }
  if (head.data.version === undefined) return { ok: false, problem: 'empty' }
  if (head.data.version !== MESSAGE_VERSION) return { ok: false, problem: 'unknown_version' }
  const parsed = messageSchema.safeParse(value)
  if (!parsed.success) return { ok: false, problem: 'invalid' }
  if (parsed.data.text.trim() === '' && !parsed.data.file) return { ok: false, problem: 'empty' }
  return { ok: true, message: parsed.data }
}

/**
 * Writes a message as the step's value and the hook's `data`. Kommo fills in every `{{…}}` it finds
 * there, so `{{` is written with a JSON escape.
 */
export function writeMessage(message: Message): string {
  return JSON.stringify(message).replaceAll('{{', '{\\u007b')
}

export function encodedBytes(json: string): number {
  return new TextEncoder().encode(json).length
}

import { z } from 'zod'

/** The hook's three fields. Kommo posts a form with PHP brackets; its documentation shows JSON. */
export type HookBody = { token: string; returnUrl: string; message: string }

const jsonSchema = z.object({
  token: z.string(),
  return_url: z.string(),
  data: z.looseObject({ message: z.unknown() }).nullish().catch(null),
})

/** @returns null when a field is missing or the body is neither a form nor JSON */
export function parseHookBody(contentType: string, body: string): HookBody | null {
  return contentType.includes('json') ? fromJson(body) : fromForm(body)
}

function fromForm(body: string): HookBody | null {
  const form = new URLSearchParams(body)
  const token = form.get('token')
  const returnUrl = form.get('return_url')
  if (!token || !returnUrl) return null
  return { token, returnUrl, message: form.get('data[message]') ?? '' }
}

function fromJson(body: string): HookBody | null {
  try {
    const { token, return_url: returnUrl, data } = jsonSchema.parse(JSON.parse(body))
    const message = data?.message
    const text = typeof message === 'string' ? message : JSON.stringify(message ?? {})
    return { token, returnUrl, message: text }
  } catch {
    return null
  }
}

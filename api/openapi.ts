import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { Env } from 'hono'
import { API_ERRORS } from '../contracts/errors.ts'
import { HttpError } from './http-error.ts'

/** A part of the API whose requests are refused with a clear error when they do not fit their schema. */
export function newApi<Variables extends Env>() {
  return new OpenAPIHono<Variables>({
    defaultHook: result => {
      if (!result.success) throw new HttpError('invalid_request', z.prettifyError(result.error))
    },
  })
}

const errorSchema = z
  .object({ error: z.object({ code: z.string(), message: z.string() }) })
  .openapi('Error')

export function jsonOf<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

/** Every route may answer with these; which one says the body's code. */
export const errorResponses = Object.fromEntries(
  [...new Set(Object.values(API_ERRORS).map(error => error.status))].map(status => [
    status,
    jsonOf(errorSchema, 'An error that says what to do'),
  ]),
)

import { z } from '@hono/zod-openapi'
import { API_ERRORS } from '../contracts/errors.ts'

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

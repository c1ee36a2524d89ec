import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HttpError } from './http-error.ts'

/**
 * Refuses a body that is larger. Where its length is told, HTTP itself holds it to that, and it is not made
 * a stream only to be measured.
 */
export function limitBody(maxBytes: number): MiddlewareHandler {
  const refuse = () => {
    throw new HttpError('invalid_request', 'The body is too large.')
  }
  const measured = bodyLimit({ maxSize: maxBytes, onError: refuse })
  return async (context, next) => {
    const length = context.req.header('content-length')
    const isTold = length !== undefined && context.req.header('transfer-encoding') === undefined
    if (!isTold) return measured(context, next)
    if (Number(length) > maxBytes) return refuse()
    return next()
  }
}

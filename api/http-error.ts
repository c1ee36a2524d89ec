import type { Context } from 'hono'
import { API_ERRORS, errorBody, type ApiErrorCode } from '../contracts/errors.ts'

/** Ends a request with one of the known errors. Only middleware and routes throw it. */
export class HttpError extends Error {
  readonly code: ApiErrorCode
  readonly detail: string | undefined

  constructor(code: ApiErrorCode, detail?: string) {
    super(code)
    this.code = code
    this.detail = detail
  }
}

export function answerError(context: Context, error: HttpError): Response {
  return context.json(errorBody(error.code, error.detail), API_ERRORS[error.code].status)
}

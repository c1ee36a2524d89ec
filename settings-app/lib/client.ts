import { hc, type ClientResponse } from 'hono/client'
import type { App } from '../../api/app.ts'
import type { ApiErrorBody, ApiErrorCode } from '../../contracts/errors.ts'

/** The API, typed by the server's own routes. */
export const client = hc<App>(location.origin)

/** An answer that is not the wanted one. `code` is of the API's closed list, or tells a dead line. */
export class ApiError extends Error {
  readonly code: ApiErrorCode | 'unreachable'

  constructor(code: ApiErrorCode | 'unreachable', message: string) {
    super(message)
    this.code = code
  }
}

/** Awaits a call. @throws ApiError for everything that is not a success */
export async function call<T>(request: Promise<ClientResponse<T, number, 'json'>>): Promise<T> {
  let response: ClientResponse<T, number, 'json'>
  try {
    response = await request
  } catch {
    throw new ApiError('unreachable', '')
  }
  if (response.ok) return (await response.json()) as T
  const body = (await response.json().catch(() => null)) as ApiErrorBody | null
  throw new ApiError(body?.error.code ?? 'internal', body?.error.message ?? '')
}

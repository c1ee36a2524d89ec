import { hc, type ClientResponse } from 'hono/client'
import type { App } from '../../api/app.ts'
import type { ApiErrorBody, ApiErrorCode } from '../../contracts/errors.ts'

/**
 * The account that this page shows. Every request names it, so that a sign-in to another account in the
 * same browser is refused here instead of mixing into the page.
 */
let accountId: number | null = null
export function showAccount(id: number): void {
  accountId = id
}

/** The API, typed by the server's own routes. */
export const client = hc<App>(location.origin, {
  headers: (): Record<string, string> =>
    accountId === null ? {} : { 'x-account-id': String(accountId) },
})

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
  return (await (await succeed(request)).json()) as T
}

/** Awaits a call whose answer has no content. @throws ApiError for everything that is not a success */
export async function done(request: Promise<AnyAnswer>): Promise<void> {
  await succeed(request)
}

type AnyAnswer = { ok: boolean; json: () => Promise<unknown> }

async function succeed<Answer extends AnyAnswer>(request: Promise<Answer>): Promise<Answer> {
  let response: Answer
  try {
    response = await request
  } catch {
    throw new ApiError('unreachable', '')
  }
  if (response.ok) return response
  const body = (await response.json().catch(() => null)) as ApiErrorBody | null
  throw new ApiError(body?.error.code ?? 'internal', body?.error.message ?? '')
}

export function codeOf(error: unknown): ApiError['code'] {
  return error instanceof ApiError ? error.code : 'internal'
}

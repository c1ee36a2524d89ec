import { createMiddleware } from 'hono/factory'

/** What an emulator's API was asked, for tests and for whoever wants to see. */
export type ApiCall = { at: string; method: string; path: string; body: unknown; status: number }

export function recordCalls(calls: ApiCall[]) {
  return createMiddleware(async function record(context, next) {
    const { method, path } = context.req
    const copy = method === 'POST' ? context.req.raw.clone() : null
    const body: unknown = copy && (await copy.json().catch(() => null))
    await next()
    calls.push({ at: new Date().toISOString(), method, path, body, status: context.res.status })
  })
}

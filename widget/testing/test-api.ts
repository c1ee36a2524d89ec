import { SERVER_URL } from '../../ui/testing/product.ts'
import type { ApiResult, WidgetApi } from '../kommo/host.ts'

/** The widget's API without Kommo's page: the token is added behind the scenes. */
export function createTestApi(): WidgetApi {
  async function call<T>(method: string, path: string): Promise<ApiResult<T>> {
    try {
      const response = await fetch(`${SERVER_URL}/api/widget${path}`, { method })
      const body = (await response.json().catch(() => null)) as T & {
        error?: { code: string; message: string }
      }
      if (response.ok) return { ok: true, value: body }
      const error = body?.error ?? { code: 'unreachable', message: null }
      return { ok: false, failure: { ...error, status: response.status } }
    } catch {
      return { ok: false, failure: { code: 'unreachable', message: null, status: 0 } }
    }
  }
  return {
    serverUrl: SERVER_URL,
    get: path => call('GET', path),
    post: path => call('POST', path),
    token: () => Promise.resolve('added-by-the-test'),
    cancel: () => undefined,
  }
}

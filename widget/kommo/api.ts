import type { ApiFailure, ApiResult, KommoWidget, WidgetApi } from './host.ts'

const TIMEOUT_MS = 20_000

/** Requests to our server through Kommo's `$authorizedAjax`, which adds the page's token. */
export function createApi(widget: KommoWidget, serverUrl: string): WidgetApi {
  const running = new Set<{ abort(): unknown }>()

  function call<T>(method: 'GET' | 'POST', path: string): Promise<ApiResult<T>> {
    return new Promise(resolve => {
      widget
        .$authorizedAjax({
          url: `${serverUrl}/api/widget${path}`,
          method,
          dataType: 'json',
          timeout: TIMEOUT_MS,
          beforeSend(xhr) {
            running.add(xhr)
            void xhr.always(() => running.delete(xhr))
          },
        })
        .then(
          body => resolve({ ok: true, value: body as T }),
          xhr => resolve({ ok: false, failure: failureOf(xhr) }),
        )
    })
  }

  /** A request that is taken back before it leaves shows what token it would have borne. */
  function tokenOfRequest(): Promise<string | null> {
    return new Promise(resolve => {
      let token: string | null = null
      const done = () => resolve(token)
      widget
        .$authorizedAjax({
          url: `${serverUrl}/api/widget/form`,
          beforeSend(_xhr, { headers }) {
            const added: unknown = headers?.['X-Auth-Token']
            token = typeof added === 'string' ? added : null
            return false
          },
        })
        .then(done, done)
    })
  }

  /** Where Kommo's own page gets its token from (widget SDK 5). */
  async function tokenOfKommo(): Promise<string | null> {
    try {
      const client = String(widget.get_settings()['oauth_client_uuid'])
      const response = await fetch(`/ajax/v2/integrations/${client}/disposable_token`, {
        headers: { 'X-Requested-With': 'XMLHttpRequest' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const { token } = (await response.json()) as { token?: unknown }
      return typeof token === 'string' ? token : null
    } catch {
      return null
    }
  }

  return {
    serverUrl,
    get: path => call('GET', path),
    post: path => call('POST', path),
    token: async () => (await tokenOfRequest()) ?? (await tokenOfKommo()),
    cancel() {
      for (const request of running) request.abort()
    },
  }
}

function failureOf(xhr: { status: number; responseText?: string }): ApiFailure {
  try {
    const { error } = JSON.parse(xhr.responseText ?? '') as {
      error: { code: string; message: string }
    }
    return { ...error, status: xhr.status }
  } catch {
    return { code: 'unreachable', message: null, status: xhr.status }
  }
}

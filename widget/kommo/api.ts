import type { ApiFailure, ApiResult, KommoWidget, WidgetApi } from './host.ts'

/** Requests to our server through Kommo's `$authorizedAjax`, which adds the page's token. */
export function createApi(widget: KommoWidget, serverUrl: string): WidgetApi {
  let lastToken: string | null = null

  function call<T>(method: 'GET' | 'POST', path: string): Promise<ApiResult<T>> {
    return new Promise(resolve => {
      widget
        .$authorizedAjax({
          url: `${serverUrl}/api/widget${path}`,
          method,
          dataType: 'json',
          timeout: 20_000,
          // The upload sends its own requests and needs the same token.
          beforeSend(_xhr, settings) {
            const headers = settings.headers as Record<string, string | undefined> | undefined
            lastToken = headers?.['X-Auth-Token'] ?? lastToken
          },
        })
        .then(
          body => resolve({ ok: true, value: body as T }),
          xhr => resolve({ ok: false, failure: failureOf(xhr) }),
        )
    })
  }

  return {
    serverUrl,
    get: path => call('GET', path),
    post: path => call('POST', path),
    async token() {
      await call('GET', '/form')
      return lastToken
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

/** The methods that Kommo mixes into every widget (widget SDK 2.1). */
type Parameters = Record<string, unknown>
type Twig = { twig(options: { data: string }): { render(context: unknown): string } }

define(['jquery', 'twigjs'], ($: JQueryStatic, twigModule: Twig | { default: Twig }) => {
  const engine = 'twig' in twigModule ? twigModule : twigModule.default
  const templates: Record<string, string> = {}
  const TOKEN_LIFE_MS = 25 * 60_000
  let token: { text: string; at: number } | null = null

  function template(reference: string): string {
    if (templates[reference] === undefined) {
      const request = new XMLHttpRequest()
      request.open('GET', reference, false)
      request.send()
      templates[reference] = request.responseText
    }
    return templates[reference]
  }

  async function freshToken(clientId: string): Promise<string> {
    if (token && Date.now() - token.at < TOKEN_LIFE_MS) return token.text
    const answer = (await $.ajax({
      url: `/ajax/v2/integrations/${clientId}/disposable_token`,
      headers: { 'X-Requested-With': 'XMLHttpRequest' },
    })) as { token: string }
    token = { text: answer.token, at: Date.now() }
    return token.text
  }

  return {
    params: {} as Parameters,
    langs: {} as Record<string, unknown>,
    system() {
      return {
        area: 'salesbot_designer',
        amouser_id: window.__BOOT__.user.id,
        subdomain: 'flowers-madrid',
      }
    },
    get_settings() {
      return this.params
    },
    set_settings(settings: Parameters) {
      this.params = { ...this.params, ...settings }
    },
    set_lang(texts: Record<string, unknown>) {
      this.langs = texts
    },
    i18n(key: string) {
      return this.langs[key]
    },
    get_version() {
      return this.params['version']
    },
    get_install_status() {
      return this.params['widget_active'] === 'Y' ? 'installed' : 'install'
    },
    set_status() {
      return undefined
    },
    render(source: { data?: string; ref?: string }, context: unknown) {
      return engine.twig({ data: source.data ?? template(source.ref ?? '') }).render(context)
    },
    /** `$.ajax` with Kommo's token; its result is jqXHR-like. */
    $authorizedAjax(options: JQueryAjaxSettings) {
      const result = $.Deferred()
      void freshToken(String(this.params['oauth_client_uuid'])).then(
        text => {
          const added: JQueryAjaxSettings =
            window.__BOOT__.switches.tokenBy === 'headers'
              ? { headers: { ...options.headers, 'X-Auth-Token': text } }
              : {
                  beforeSend(xhr, settings) {
                    xhr.setRequestHeader('X-Auth-Token', text)
                    return options.beforeSend?.call(this, xhr, settings)
                  },
                }
          $.ajax({ ...options, ...added }).then(
            (...done) => result.resolve(...done),
            (...failed) => result.reject(...failed),
          )
        },
        (...failed: unknown[]) => result.reject(...failed),
      )
      return result.promise()
    },
  }
})

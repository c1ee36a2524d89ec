/** Kommo's globals and RequireJS, as a widget finds them (widget SDK 1.6, 2.2). */
const { user, accountId, language, switches } = window.__BOOT__
const constants: Record<string, unknown> = {
  user: { id: user.id, name: user.name, theme: user.theme },
  account: { id: accountId, subdomain: 'flowers-madrid' },
  user_rights: { is_admin: user.isAdmin },
}
window.APP = {
  constant: (name: string) => constants[name],
  lang_id: language,
  getBaseEntity: () => 'leads',
  isCard: () => false,
  getWidgetsArea: () => 'salesbot_designer',
  data: { current_card: false },
  notifications: { show_message: () => undefined, show_message_error: () => undefined },
  widgets: { list: {} },
}
window.AMOCRM = window.APP

if (switches.isHostile) {
  // Shortcuts of a page that asks for no input of its own: whatever reaches the document is taken.
  const taken: string[] = []
  window.__TAKEN__ = taken
  for (const name of ['keydown', 'keypress', 'mousedown', 'click', 'wheel', 'paste']) {
    document.addEventListener(name, event => {
      const isInCard = event.target instanceof Element && event.target.shadowRoot !== null
      if (isInCard) taken.push(name)
    })
  }
}

require.config({ baseUrl: '/frontend/js/', waitSeconds: 30 })
// RequireJS plugins of Kommo's: a script that may fail, and JSON.
define('optional', [], () => ({
  load(name: string, load: Require, done: (value: unknown) => void) {
    load([name], done, () => done(null))
  },
}))
define('json', [], () => ({
  load(name: string, _load: Require, done: (value: unknown) => void) {
    void fetch(name)
      .then(response => response.json())
      .then(done)
  },
}))

const page = document.currentScript?.dataset['page']
if (page) require([page])

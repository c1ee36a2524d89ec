/** A deal's page follows its bots and its feed. */
define([], () => {
  async function refresh(): Promise<void> {
    const text = await (await fetch(location.href)).text()
    const fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('.columns')
    const shown = document.querySelector('.columns')
    if (fresh && shown && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh)
  }
  setInterval(() => void refresh(), 500)
})

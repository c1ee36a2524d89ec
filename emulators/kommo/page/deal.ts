define(['jquery'], ($: JQueryStatic) => {
  const leadId = Number($('#deal').data('lead'))
  $('#run-bot').on('submit', event => {
    event.preventDefault()
    void fetch(`/ajax/bots/${String($('#run-bot select').val())}/run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ leadId }),
    }).then(refresh)
  })

  async function refresh(): Promise<void> {
    const text = await (await fetch(location.href)).text()
    const fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('.columns')
    const shown = document.querySelector('.columns')
    if (fresh && shown && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh)
  }
  setInterval(() => void refresh(), 500)
})

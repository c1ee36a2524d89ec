define(['jquery'], ($: JQueryStatic) => {
  $('#new-bot').on('submit', event => {
    event.preventDefault()
    const name = String($('#new-bot input[name=name]').val())
    void fetch('/ajax/bots', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    })
      .then(response => response.json())
      .then((bot: { id: number }) => location.assign(`/bots/${bot.id}`))
  })
})

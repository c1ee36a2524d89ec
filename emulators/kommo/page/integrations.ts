import type { WidgetInstance } from './kommo-page.d.ts'

/** Uploading a widget, and its install window (widget SDK 2.3 `settings`, `onSave`). */
type Loader = { load(area: string): Promise<{ widget: WidgetInstance }[]> }
type ModalClass = new (options: { init: ($body: JQuery) => void }) => { destroy(): void }

define(['jquery', 'widgets-loader', 'lib/components/base/modal'], (
  $: JQueryStatic,
  loader: Loader,
  Modal: ModalClass,
) => {
  $('#upload-widget').on('submit', event => {
    event.preventDefault()
    const file = ($('#upload-widget input')[0] as HTMLInputElement).files?.[0]
    void fetch('/ajax/widgets/upload', { method: 'POST', body: file ?? null }).then(
      async response => {
        if (response.ok) return location.reload()
        const { faults } = (await response.json()) as { faults: string[] }
        $('#faults')
          .empty()
          .append(faults.map(fault => $('<li>').text(fault)))
      },
    )
  })

  // The page is ready when its script is.
  $('#open-widget')
    .prop('disabled', false)
    .on('click', () => void open())
  async function open(): Promise<void> {
    const [loaded] = await loader.load('settings')
    if (!loaded) return
    const { widget } = loaded
    const modal = new Modal({
      init($body) {
        $body.trigger('modal:loaded').html(`<div class="modal-body__inner widget-settings">
            <button type="button" class="modal-body__close" aria-label="Close"><span class="icon icon-modal-close">×</span></button>
            <h2 class="modal-body__caption head_2">Radist.Online</h2>
            <div class="widget-settings__desc-space"></div>
            <div class="widget_settings_block"></div>
            <div class="modal-body__actions"><button type="button" class="button-input button-input_blue js-widget-install js-widget-save">Install</button></div></div>`)
        widget.callbacks['settings']?.call(widget, $body, {})
        $body.trigger('modal:centrify')
        $body.on('click', '.js-widget-save', () => {
          const fields: Record<string, string> = {}
          $body.find(':input[name]').each((_, input) => {
            fields[(input as HTMLInputElement).name] = String($(input).val())
          })
          void Promise.resolve(
            widget.callbacks['onSave']?.call(widget, { active: 'Y', fields }),
          ).then(async ok => {
            if (ok !== true) return
            await fetch('/ajax/widgets/save', {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify({ settings: fields, active: 'Y' }),
            })
            modal.destroy()
            location.reload()
          })
        })
      },
    })
  }
})

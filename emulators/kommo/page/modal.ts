/** `lib/components/base/modal` (widget SDK 4.1). */
type ModalOptions = {
  class_name?: string
  container?: HTMLElement
  init?: (this: unknown, $body: JQuery) => void
  destroy?: () => unknown
  disable_overlay_click?: boolean
  disable_escape_keydown?: boolean
  default_overlay?: boolean
}

define(['jquery'], ($: JQueryStatic) => {
  let counter = 0

  class Modal {
    $el: JQuery
    $modal: JQuery
    $overlay: JQuery
    private readonly options: ModalOptions
    private readonly namespace: string
    private destroyed = false

    constructor(options: ModalOptions) {
      counter += 1
      this.namespace = `.modal${counter}`
      this.options = options
      const { class_name: className = 'modal-list' } = options
      const filled = options.default_overlay ? '' : 'modal-overlay--filled'
      this.$el = $(
        `<div class="modal ${className}">
          <div class="default-overlay modal-overlay ${filled}"><span class="modal-overlay__spinner"></span></div>
          <div class="modal-scroller custom-scroll"><div class="modal-body modal-body-loading"></div></div>
        </div>`,
      )
      this.$overlay = this.$el.find('.modal-overlay')
      this.$modal = this.$el.find('.modal-body')
      $(options.container ?? document.body).append(this.$el)
      this.bind()
      options.init?.call(this, this.$modal)
    }

    private bind(): void {
      const { $el, $modal, namespace, options } = this
      $modal.on('modal:loaded', () => {
        $modal.removeClass('modal-body-loading')
        this.$overlay.find('.modal-overlay__spinner').remove()
      })
      $modal.on('modal:centrify', () => {
        const height = $modal.outerHeight() ?? 0
        const fits = height < window.innerHeight - 130
        $modal.toggleClass('modal-body-relative', !fits)
        $modal.css(
          fits
            ? { marginTop: -height / 2, marginLeft: -($modal.outerWidth() ?? 0) / 2 }
            : { marginTop: '', marginLeft: '' },
        )
      })
      $el.on('click', '.modal-body__close, .modal-body__actions .button-cancel', () =>
        this.destroy(),
      )
      // Kommo's own accept button only shows the spinner.
      $el.on('click', '.js-modal-accept', () => this.requestStart())
      if (!options.disable_overlay_click) this.$overlay.on('click', () => this.destroy())
      $(document).on(`page:changed${namespace}`, () => this.destroy())
      $(document).on(`keydown${namespace}`, event => {
        const isTop = $('.modal:visible').last().is($el)
        if (event.which === 27 && isTop && !options.disable_escape_keydown) this.destroy()
        const inField = $(event.target).is('input, textarea, [contenteditable]')
        if (event.which === 13 && isTop && !inField) $el.find('.js-modal-accept').trigger('click')
      })
    }

    requestStart(): void {
      this.$overlay.append('<span class="modal-overlay__spinner"></span>')
    }

    showError(text: string): void {
      this.$modal.append($('<div class="modal-body__error">').text(text))
    }

    destroy(): void {
      if (this.destroyed) return
      // A veto: `destroy` returns false.
      if (this.options.destroy?.() === false) return
      this.destroyed = true
      $(document).off(this.namespace)
      this.$el.remove()
    }
  }
  return Modal
})

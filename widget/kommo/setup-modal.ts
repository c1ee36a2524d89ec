import type { KommoModalClass, SetupProps, Shared, WidgetApp } from './host.ts'

/** Opens Kommo's own modal with our form in it. @returns closes it without asking */
export function openSetupModal(
  Modal: KommoModalClass,
  app: WidgetApp,
  shared: Shared,
  closeLabel: string,
  message: string,
  onSave: (message: string) => void,
): () => void {
  let isDirty = false
  let isForced = false
  let askBack = (): void => undefined
  let mounted: ReturnType<WidgetApp['mountSetup']> | null = null

  const modal = new Modal({
    class_name: 'modal-list radist-cascade-modal',
    init($body) {
      $body
        .trigger('modal:loaded')
        .html(
          `<div class="modal-body__inner"><button type="button" class="modal-body__close"><span class="icon icon-modal-close" aria-hidden="true">×</span></button><div class="radist-cascade-setup"></div></div>`,
        )
      $body.find('.modal-body__close').attr('aria-label', closeLabel)
      const host = $body.find('.radist-cascade-setup')[0]
      if (!host) return
      let props: SetupProps = {
        ...shared,
        message,
        closeAttempts: 0,
        onSave(saved) {
          onSave(saved)
          close()
        },
        onClose: close,
        onDirty(dirty) {
          isDirty = dirty
        },
        onResize: () => $body.trigger('modal:centrify'),
      }
      mounted = app.mountSetup(host, props)
      askBack = () => {
        props = { ...props, closeAttempts: props.closeAttempts + 1 }
        mounted?.update(props)
      }
    },
    destroy() {
      if (isDirty && !isForced) {
        askBack()
        return false
      }
      mounted?.destroy()
      mounted = null
      return undefined
    },
  })
  function close(): void {
    isForced = true
    modal.destroy()
  }
  return close
}

import type { KommoModalClass, SetupProps, Shared, WidgetApp } from './host.ts'

/** Room for the form and its preview, where the window has it. */
const WIDTH_PX = 840

/** Opens Kommo's own modal with our form in it. @returns closes it without asking */
export function openSetupModal(
  Modal: KommoModalClass,
  app: WidgetApp,
  shared: Shared,
  closeLabel: string,
  message: string,
  onSave: (message: string) => void,
  onClosed: () => void,
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
      $body.css({ width: WIDTH_PX, maxWidth: 'calc(100vw - 16px)' })
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
        onLeave: () => modal.destroy(),
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
      onClosed()
      return undefined
    },
  })
  function close(): void {
    isForced = true
    modal.destroy()
  }
  return close
}

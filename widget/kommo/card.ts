import type { CardProps, KommoWidget, Mounted, Shared, WidgetApp } from './host.ts'
import { FIELD, savedMessage } from './saved-message.ts'

export type Card = {
  host: HTMLElement
  show(): void
  destroy(): void
}

/**
 * Draws a step's card: our hidden input instead of Kommo's row, the preview, and *Setup*. A card that
 * Kommo asks for again is drawn anew.
 */
export function drawCard(
  $: JQueryStatic,
  $body: JQuery,
  params: unknown,
  widget: KommoWidget,
  loadApp: () => WidgetApp,
  shared: Shared,
  texts: { setup: string; broken: string },
  onSetup: (message: string, onSave: (message: string) => void, onClosed: () => void) => void,
): Card {
  $body.find('.radist-cascade-card').remove()
  const $rows = $body.find('[data-field-name]').closest('div[data-field-name]').hide()
  const $row = $rows.filter(`[data-field-name="${FIELD}"]`).empty()
  const $input = $('<input type="hidden">').attr('name', FIELD).val(savedMessage(params))
  const $card = $(
    '<div class="radist-cascade-card"><div class="radist-cascade-card__preview"></div></div>',
  )
  ;($row.length > 0 ? $row : $card).append($input)
  const $setup = drawButton($, widget, texts.setup)
  // The canvas would begin to drag the step.
  $setup.on('mousedown', event => event.stopPropagation())
  $card.append($setup)
  $body.append($card)

  const host = $card.find('.radist-cascade-card__preview')[0]
  if (!host) throw new Error('The card lost its preview')
  let mounted: Mounted<CardProps> | null = null
  const props = (): CardProps => ({ ...shared, message: String($input.val()) })
  const card: Card = {
    host,
    show() {
      tryOr(
        () => {
          if (mounted) mounted.update(props())
          else mounted = loadApp().mountCard(host, props())
        },
        // Our drawing broke: the saved text is still the best preview.
        () => {
          host.textContent = plainText(String($input.val()))
        },
      )
    },
    destroy() {
      mounted?.destroy()
      mounted = null
    },
  }
  $setup.on('click', () =>
    tryOr(
      () =>
        onSetup(
          String($input.val()),
          saved => {
            // The designer sees nothing but the `change` of a named input.
            $input.val(saved).trigger('change')
            card.show()
          },
          // The keyboard goes on where it was.
          () => $setup.trigger('focus'),
        ),
      () => {
        host.textContent = `${plainText(String($input.val()))} (${texts.broken})`
      },
    ),
  )
  return card
}

/** Kommo's own button; a plain one where Kommo's template cannot be had. */
function drawButton($: JQueryStatic, widget: KommoWidget, label: string): JQuery {
  const className = 'radist-cascade-card__setup'
  const $plain = $('<button type="button" class="button-input">').addClass(className).text(label)
  let $button = $plain
  tryOr(
    () => {
      const context = { text: label, class_name: className }
      $button = $(widget.render({ ref: '/tmpl/controls/button.twig' }, context))
    },
    () => undefined,
  )
  return $button.length > 0 ? $button : $plain
}

/** An error of ours ends here: Kommo's page has nothing to do with it. */
function tryOr(work: () => void, otherwise: () => void): void {
  try {
    work()
  } catch {
    otherwise()
  }
}

/** The text of a saved message, without anything that might break. */
function plainText(message: string): string {
  try {
    const { text } = JSON.parse(message) as { text?: unknown }
    return typeof text === 'string' ? text : ''
  } catch {
    return ''
  }
}

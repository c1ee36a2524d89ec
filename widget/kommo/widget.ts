import { createApi } from './api.ts'
import { botSteps } from './bot-steps.ts'
import { drawCard, type Card } from './card.ts'
import type {
  DesignerParams,
  Exits,
  InstallProps,
  KommoModalClass,
  KommoWidget,
  Mounted,
  Shared,
  Texts,
  WidgetApp,
} from './host.ts'
import { EMPTY_MESSAGE, savedMessage } from './saved-message.ts'
import { openSetupModal } from './setup-modal.ts'

/**
 * What Kommo loads: the constructor of the widget, with its callbacks (widget SDK 2.3 to 2.5).
 * @param loadApp evaluates the React app; what every page pays is this file only
 */
export function createWidget(
  $: JQueryStatic,
  Modal: KommoModalClass,
  loadApp: () => WidgetApp,
  serverUrl: string,
): new () => { callbacks: Record<string, unknown> } {
  return class RadistCascadeWidget {
    readonly callbacks: Record<string, unknown>

    constructor() {
      // Kommo mixes its methods into our prototype before it calls this constructor.
      const widget = this as unknown as KommoWidget
      let cards: Card[] = []
      let install: Mounted<InstallProps> | null = null
      let closeModal: (() => void) | null = null
      let shared: Shared | null = null

      const text = (path: string): string => {
        const found = path
          .split('.')
          .reduce<string | Texts | undefined>(
            (node, key) => (typeof node === 'object' ? node[key] : undefined),
            widget.langs as Texts,
          )
        return typeof found === 'string' ? found : path
      }
      const sharedOf = (): Shared => {
        const language = document.documentElement.lang || text('language')
        shared ??= { language, texts: widget.langs as Texts, api: createApi(widget, serverUrl) }
        return shared
      }
      const exitsOf = (): Exits => ({
        exits: ['success', 'fail'].map(code => ({ code, title: text(`salesbot.${code}`) })),
      })
      const dropGoneCards = () => {
        for (const card of cards) if (!card.host.isConnected) card.destroy()
        cards = cards.filter(card => card.host.isConnected)
      }

      this.callbacks = {
        render: () => true,
        init: () => true,
        bind_actions: () => true,
        settings: guarded(undefined, ($body: JQuery) => {
          install?.destroy()
          const $host = $('<div class="radist-cascade-install"></div>')
          const $place = $body.find('.widget_settings_block').first()
          ;($place.length > 0 ? $place : $body).append($host)
          const host = $host[0]
          if (host) install = loadApp().mountInstall(host, sharedOf())
        }),
        onSave: () => true,
        destroy: guarded(undefined, () => {
          closeModal?.()
          install?.destroy()
          for (const card of cards) card.destroy()
          cards = []
          install = null
          shared?.api.cancel()
          shared = null
        }),
        salesbotDesignerSettings: ($body: JQuery, _row: unknown, params: DesignerParams): Exits => {
          guarded(undefined, () => {
            dropGoneCards()
            const card = drawCard(
              $,
              $body,
              params,
              widget,
              loadApp,
              sharedOf(),
              { setup: text('card.setup'), broken: text('errors.broken') },
              (message, onSave, onClosed) => {
                closeModal?.()
                closeModal = openSetupModal(
                  Modal,
                  loadApp(),
                  sharedOf(),
                  text('setup.close'),
                  message,
                  onSave,
                  onClosed,
                )
              },
            )
            card.show()
            cards.push(card)
          })()
          return exitsOf()
        },
        onSalesbotDesignerSave: (_handler: unknown, params: unknown): string => {
          const message = guarded(EMPTY_MESSAGE, () => savedMessage(params))()
          return botSteps(serverUrl, message)
        },
      }
    }
  }
}

/** An error inside our code never breaks Kommo's page. */
function guarded<Parameters extends unknown[], Result>(
  otherwise: Result,
  body: (...parameters: Parameters) => Result,
): (...parameters: Parameters) => Result {
  return (...parameters) => {
    try {
      return body(...parameters)
    } catch {
      return otherwise
    }
  }
}

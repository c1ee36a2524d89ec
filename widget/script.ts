import { SERVER_URL_PLACEHOLDER } from '../contracts/server-url.ts'
import type { KommoModalClass, WidgetApp } from './kommo/host.ts'
import { createWidget } from './kommo/widget.ts'

/** The entry of the loader: the build wraps it in `define` and gives it the app as a function. */
export function start($: JQueryStatic, Modal: KommoModalClass, loadApp: () => WidgetApp) {
  return createWidget($, Modal, loadApp, SERVER_URL_PLACEHOLDER)
}

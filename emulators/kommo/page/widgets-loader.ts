import type { WidgetInstance, WidgetRow } from './kommo-page.d.ts'

/** Loads widgets as Kommo does, with the order of its callbacks (widget SDK 1.6). */
type Base = Record<string, unknown>
type Constructor = { new (): WidgetInstance; prototype: object }

define(['jquery', 'base-widget'], ($: JQueryStatic, base: Base) => {
  const rows: Record<string, WidgetRow> = {}

  async function load(area: string): Promise<{ row: WidgetRow; widget: WidgetInstance }[]> {
    const list = (await $.post('/ajax/widgets/list', { area })) as {
      widgets: Record<string, WidgetRow>
    }
    const loaded = await Promise.all(
      Object.entries(list.widgets).map(async ([code, row]) => {
        rows[code] = row
        const widget = window.APP.widgets.list[code] ?? (await create(code, row))
        return widget ? { row, widget } : null
      }),
    )
    return loaded.filter(one => one !== null)
  }

  async function create(code: string, row: WidgetRow): Promise<WidgetInstance | null> {
    const version = row.installed_version
    const [Loaded, texts] = await new Promise<[unknown, Record<string, unknown>]>(resolve => {
      window.require(
        [`optional!${row.src}?v=${version}`, `json!${row.lang}?v=${version}`],
        (script: unknown, lang: Record<string, unknown>) => resolve([script, lang]),
      )
    })
    if (typeof Loaded !== 'function') return null
    const Widget = Loaded as unknown as Constructor
    // Each widget has its own parameters: the base's objects are not shared.
    $.extend(Widget.prototype, base, { params: {}, langs: {} })
    const widget = new Widget()
    window.APP.widgets.list[code] = widget
    widget.ns = `.widget:${code}`
    widget.init_once = false
    const { widget: named } = texts as { widget: { name: string } }
    named.name = row.name
    widget.set_lang(texts)
    widget.set_settings({
      ...row.settings,
      id: row.id,
      status: row.status,
      widget_code: code,
      path: row.path,
      version,
      oauth_client_uuid: row.oauth_client_uuid,
      widget_active: row.active,
      images_path: row.images_path,
      ...(window.__BOOT__.switches.hasCdnPath
        ? { cdn_path: row.path, cdn_images_path: row.images_path }
        : {}),
    })
    const { render, init, bind_actions: bindActions } = widget.callbacks
    if (!render || !init || !bindActions) {
      delete window.APP.widgets.list[code]
      return null
    }
    const rendered = render.call(widget)
    if (window.__BOOT__.switches.isRenderFalsy) {
      bindActions.call(widget)
    } else if (rendered === true) {
      $(document).trigger(`widget:${code}:loaded`)
      init.call(widget)
      bindActions.call(widget)
    } else {
      bindActions.call(widget)
      if (await rendered) {
        $(document).trigger(`widget:${code}:loaded`)
        init.call(widget)
      }
    }
    return widget
  }

  /** The area is left: widgets clean up, their events go. */
  function destroyAll(): void {
    for (const [code, widget] of Object.entries(window.APP.widgets.list)) {
      widget.callbacks['destroy']?.call(widget)
      $(document).off(`.widget:${code}`)
      delete window.APP.widgets.list[code]
    }
  }
  return { load, destroyAll, rows }
})

import type { Bot, BotBlock } from '../bots.ts'
import type { WidgetInstance, WidgetRow } from './kommo-page.d.ts'

/** The SalesBot editor: cards, exits and the rules of saving (widget SDK 2.4 to 2.6, 8.3 to 8.5). */
type Loaded = { row: WidgetRow; widget: WidgetInstance }
type Loader = { load(area: string): Promise<Loaded[]>; destroyAll(): void }
type ModalClass = new (options: { init: ($body: JQuery) => void }) => { destroy(): void }

define(['jquery', 'widgets-loader', 'lib/components/base/modal', 'base-widget'], (
  $: JQueryStatic,
  loader: Loader,
  Modal: ModalClass,
  base: { render: CallableFunction },
) => {
  const $root = $('#designer')
  const botId = Number($root.data('bot'))
  let bot: Bot
  let widgets: Loaded[] = []
  const { switches } = window.__BOOT__

  const $save = () => $root.find('.js-sb-designer-save')
  const changed = () => $save().removeClass('button-input-disabled').prop('disabled', false)
  const renderRow = (caption: string) =>
    String(
      base.render(
        { ref: '/tmpl/salesbot_designer/controls/widget_param.twig' },
        { caption, is_widget: true },
      ),
    )

  /** The same values in one of the shapes that widgets have met (widget SDK 2.4). */
  function saveParams(values: Record<string, string>): unknown {
    switch (switches.saveParams) {
      case 'flat':
        return { ...values }
      case 'nested':
        return { params: { params: { params: { params: { ...values } } } } }
      case 'value_manual':
        return { value_manual: Object.values(values)[0] }
      case 'objects':
        return Object.fromEntries(
          Object.entries(values).map(([name, value]) => [name, { value_manual: value }]),
        )
      default:
        return switches.saveParams satisfies never
    }
  }

  function drawShell(): void {
    $root.html(`
        <div class="modal-body__inner salesbot-designer__modal-body">
          <div class="salesbot-designer__header">
            <input class="text-input js-sb-designer-change-name" aria-label="Bot name">
            <div class="js-sb-designer-header-actions">
              <button type="button" class="button-input button-cancel js-sb-designer-cancel">Cancel</button>
              <button type="button" disabled class="button-input button-input_blue js-sb-designer-save button-input-disabled">Save</button>
            </div>
          </div>
          <div class="salesbot-designer__error" role="alert"></div>
          <div class="salesbot-designer__body"></div>
        </div>`)
    $root.find('.js-sb-designer-change-name').val(bot.name).on('input', changed)
    $root.find('.js-sb-designer-cancel').on('click', () => location.assign('/bots'))
    $save().on('click', () => void save())
  }

  function drawBlocks(): void {
    const $body = $root.find('.salesbot-designer__body').empty()
    for (const block of bot.blocks) $body.append(drawBlock(block))
    const $add = $(`<div class="salesbot-designer__add">
        <button type="button" class="button-input js-sb-designer-add-widget">Widgets</button>
        <button type="button" class="button-input js-sb-designer-add-note">Add note to deal</button></div>`)
    $add.find('.js-sb-designer-add-widget').on('click', openWidgets)
    $add.find('.js-sb-designer-add-note').on('click', () => {
      const exits = [{ code: 'next', title: 'Next', next: null }]
      add({ kind: 'note', id: nextId(), text: 'Nobody was reached', exits })
    })
    $body.append($add)
    for (const block of bot.blocks) if (block.kind === 'widget') callSettings(block)
    drawExits()
  }

  const nextId = () => Math.max(0, ...bot.blocks.map(block => block.id)) + 1
  const titleOf = (block: BotBlock) =>
    block.kind === 'note' ? `${block.id}. Note` : `${block.id}. Radist.Online`

  function drawBlock(block: BotBlock): JQuery {
    const $block = $(`<section class="salesbot-designer__block" data-id="${block.id}">
        <div class="salesbot-designer__block-header"><span class="salesbot-designer__block-header-name_text"></span><span>
          ${block.kind === 'widget' ? '<button type="button" class="js-copy">Copy</button>' : ''}
          <button type="button" class="js-remove" aria-label="Remove step">×</button></span></div>
        <div class="salesbot-designer__block-body"></div><div class="salesbot-designer__exits"></div></section>`)
    $block.attr('aria-label', titleOf(block))
    $block.find('.salesbot-designer__block-header-name_text').text(titleOf(block))
    $block.find('.js-remove').on('click', () => {
      bot.blocks = bot.blocks.filter(one => one !== block)
      for (const exit of bot.blocks.flatMap(one => one.exits))
        if (exit.next === block.id) exit.next = null
      changed()
      drawBlocks()
    })
    $block.find('.js-copy').on('click', () => add({ ...structuredClone(block), id: nextId() }))
    const $body = $block.find('.salesbot-designer__block-body')
    if (block.kind === 'note') {
      const $text = $('<textarea class="text-input" aria-label="Note text">').val(block.text)
      $text.on('input', () => {
        block.text = String($text.val())
        changed()
      })
      return $block.find('.salesbot-designer__block-body').append($text).end()
    }
    for (const [name, field] of Object.entries(fieldsOf(block))) {
      const value = block.params[name] ?? field.default_value ?? ''
      block.params[name] = value
      const $row = $(renderRow('')).attr('data-field-name', name)
      $row.append(
        $(`<input class="text-input" name="value_manual" data-field-name="${name}">`).val(value),
      )
      $body.append($row)
    }
    // Only a `change` of a named input is seen; `value_manual` is the designer's own.
    $body.on('change', ':input[name]', event => {
      const { name } = event.target as HTMLInputElement
      const field = name === 'value_manual' ? $(event.target).attr('data-field-name') : name
      if (!field) return
      block.params[field] = String($(event.target).val())
      changed()
    })
    return $block
  }

  function fieldsOf(block: Extract<BotBlock, { kind: 'widget' }>) {
    return widgetOf(block)?.row.salesbot_designer[block.handler]?.settings ?? {}
  }

  function widgetOf(block: Extract<BotBlock, { kind: 'widget' }>): Loaded | undefined {
    return widgets.find(({ widget }) => widget === window.APP.widgets.list[block.widgetCode])
  }

  function callSettings(block: Extract<BotBlock, { kind: 'widget' }>): void {
    const loaded = widgetOf(block)
    const $body = $root.find(`[data-id=${block.id}] .salesbot-designer__block-body`)
    const isNew = block.code === '[]'
    const values = isNew && switches.firstParams === 'empty' ? {} : { ...block.params }
    const params = { params: { params: { params: values } } }
    const call = () =>
      loaded?.widget.callbacks['salesbotDesignerSettings']?.call(loaded.widget, $body, renderRow, {
        ...params,
        handler_code: block.handler,
      }) as { exits: { code: string; title: string }[] } | undefined
    if (switches.isSettingsCalledTwice) call()
    const result = call()
    if (!result) return
    block.exits = result.exits.map(exit => ({
      ...exit,
      next: block.exits.find(known => known.code === exit.code)?.next ?? null,
    }))
  }

  function drawExits(): void {
    for (const block of bot.blocks) {
      const $exits = $root.find(`[data-id=${block.id}] .salesbot-designer__exits`).empty()
      for (const exit of block.exits) {
        const $select = $('<select>').attr('aria-label', `${exit.title}: next step`)
        $select.append($('<option value="">ends</option>'))
        for (const other of bot.blocks.filter(one => one !== block)) {
          $select.append($('<option>').val(other.id).text(titleOf(other)))
        }
        $select.val(exit.next ?? '').on('change', () => {
          exit.next = Number($select.val()) || null
          changed()
        })
        $exits.append(
          $('<div class="salesbot-designer__exit">').append($('<span>').text(exit.title), $select),
        )
      }
    }
  }

  function add(block: BotBlock): void {
    bot.blocks.push(block)
    changed()
    drawBlocks()
  }

  function openWidgets(): void {
    const modal = new Modal({
      init($body) {
        $body.trigger('modal:loaded').html(`<div class="modal-body__inner">
            <button type="button" class="modal-body__close" aria-label="Close"><span class="icon icon-modal-close">×</span></button>
            <h2 class="modal-body__caption head_2">Widgets</h2><div class="js-sb-designer-widgets-list"></div></div>`)
        for (const { row, widget } of widgets) {
          for (const [handler, { name }] of Object.entries(row.salesbot_designer)) {
            const $row = $(
              '<div class="widget-handler"><span></span><button type="button" class="button-input">Add</button></div>',
            )
            $row.find('span').text(translate(widget, name))
            $row.find('button').on('click', () => {
              modal.destroy()
              const widgetCode =
                Object.entries(window.APP.widgets.list).find(([, one]) => one === widget)?.[0] ?? ''
              add({
                kind: 'widget',
                id: nextId(),
                widgetCode,
                handler,
                params: {},
                code: '[]',
                exits: [],
              })
            })
            $body.find('.js-sb-designer-widgets-list').append($row)
          }
        }
        $body.trigger('modal:centrify')
      },
    })
  }

  function translate(widget: WidgetInstance, key: string): string {
    const texts = (widget as unknown as { langs: Record<string, unknown> }).langs
    const found = key
      .split('.')
      .reduce<unknown>(
        (node, part) =>
          node && typeof node === 'object' ? (node as Record<string, unknown>)[part] : undefined,
        texts,
      )
    return typeof found === 'string' ? found : key
  }

  async function save(): Promise<void> {
    const $error = $root.find('.salesbot-designer__error').text('')
    for (const block of bot.blocks) {
      if (block.kind !== 'widget') continue
      if (Object.keys(fieldsOf(block)).some(name => !block.params[name])) {
        $error.text(`${titleOf(block)}: a field is empty`)
        return
      }
      const loaded = widgetOf(block)
      const code = loaded?.widget.callbacks['onSalesbotDesignerSave']?.call(
        loaded.widget,
        block.handler,
        saveParams(block.params),
      )
      if (typeof code !== 'string') {
        $error.text(`${titleOf(block)}: the widget gave no code`)
        return
      }
      block.code = code
    }
    bot.name = String($root.find('.js-sb-designer-change-name').val())
    const response = await fetch(`/ajax/bots/${botId}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(bot),
    })
    if (response.ok) $save().addClass('button-input-disabled').prop('disabled', true)
    else $error.text(((await response.json()) as { fault: string }).fault)
  }

  async function open(): Promise<void> {
    bot = (await $.getJSON(`/ajax/bots/${botId}`)) as Bot
    widgets = await loader.load('salesbot_designer')
    drawShell()
    drawBlocks()
  }
  void open()
})

import { useState } from 'react'
import { expect, it } from 'vitest'
import { userEvent, type Locator } from 'vitest/browser'
import { render } from '../testing/render.tsx'
import { SortableList } from './sortable-list.tsx'

const NAMES = ['WhatsApp', 'Telegram', 'MAX', 'VK']
const announced: string[] = []

function List({ isDisabled = false }: { isDisabled?: boolean }) {
  const [items, setItems] = useState(NAMES)
  return (
    <SortableList
      items={items}
      idOf={item => item}
      isDisabled={isDisabled}
      texts={{
        help: 'How to',
        moved: (id, position) => `${id} to ${position + 1}`,
        cancelled: id => `${id} is back`,
      }}
      onReorder={setItems}
      onDropped={(item, position) => announced.push(`${item} ${position + 1}`)}
      renderItem={(item, _index, handle) => (
        <div style={{ padding: 12 }}>
          <button type="button" ref={handle} disabled={isDisabled}>
            Reorder {item}
          </button>
          <b>{item}</b>
        </div>
      )}
    />
  )
}

const order = (list: Locator) =>
  [...list.element().querySelectorAll('b')].map(one => one.textContent)
const handleOf = (list: Locator, name: string) =>
  list.getByRole('button', { name: `Reorder ${name}` })

/** The library that drags comes a moment after the list. */
const isDraggable = (handle: Locator) =>
  expect.element(handle).toHaveAttribute('aria-roledescription', 'draggable')

it('is reordered by keyboard, announced on the way, and the focus stays', async () => {
  const list = await render(<List />)
  const handle = handleOf(list, 'MAX')
  await isDraggable(handle)
  handle.element().focus()
  await userEvent.keyboard(' ')
  await userEvent.keyboard('{ArrowUp}')
  await expect.poll(() => document.body.textContent).toContain('MAX to 2')
  await userEvent.keyboard('{ArrowUp}')
  await userEvent.keyboard(' ')
  await expect.poll(() => order(list)).toEqual(['MAX', 'WhatsApp', 'Telegram', 'VK'])
  expect(announced.at(-1)).toBe('MAX 1')
  await expect.poll(() => document.activeElement?.textContent).toBe('Reorder MAX')
})

it('comes back to what it was with Escape', async () => {
  const list = await render(<List />)
  const handle = handleOf(list, 'Telegram')
  await isDraggable(handle)
  handle.element().focus()
  await userEvent.keyboard(' ')
  await userEvent.keyboard('{ArrowDown}')
  await userEvent.keyboard('{Escape}')
  await expect.poll(() => document.body.textContent).toContain('Telegram is back')
  await expect.poll(() => order(list)).toEqual(NAMES)
})

it('is reordered by dragging a handle with the mouse', async () => {
  const list = await render(<List />)
  await isDraggable(handleOf(list, 'VK'))
  await userEvent.dragAndDrop(handleOf(list, 'VK'), handleOf(list, 'WhatsApp'))
  await expect.poll(() => order(list)).toEqual(['VK', 'WhatsApp', 'Telegram', 'MAX'])
})

it('stays as it is for whoever may not change it', async () => {
  const list = await render(<List isDisabled />)
  await expect.element(handleOf(list, 'VK')).toBeDisabled()
  expect(order(list)).toEqual(NAMES)
})

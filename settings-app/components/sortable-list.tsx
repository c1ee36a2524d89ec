import { move } from '@dnd-kit/helpers'
import { DragDropProvider } from '@dnd-kit/react'
import { useSortable } from '@dnd-kit/react/sortable'
import type { ReactNode } from 'react'

/**
 * A list that is reordered by its handles, with mouse, touch and keyboard. The library is pre-1.0 and
 * stays behind this one file.
 */
export function SortableList<Item>(props: {
  items: readonly Item[]
  idOf: (item: Item) => string
  isDisabled: boolean
  onReorder: (items: Item[]) => void
  onDropped: (item: Item, position: number) => void
  renderItem: (item: Item, index: number, handle: (node: Element | null) => void) => ReactNode
}) {
  const { items, idOf, isDisabled, onReorder, onDropped, renderItem } = props
  return (
    <DragDropProvider
      onDragEnd={event => {
        if (event.canceled) return
        const ids = items.map(idOf)
        const moved = move(ids, event)
        if (moved.every((id, index) => id === ids[index])) return
        const reordered = moved.flatMap(id => items.filter(item => idOf(item) === id))
        onReorder(reordered)
        const position = moved.indexOf(String(event.operation.source?.id))
        const item = reordered[position]
        if (item) onDropped(item, position)
      }}
    >
      <ol className="sortable">
        {items.map((item, index) => (
          <SortableItem key={idOf(item)} id={idOf(item)} index={index} isDisabled={isDisabled}>
            {handle => renderItem(item, index, handle)}
          </SortableItem>
        ))}
      </ol>
    </DragDropProvider>
  )
}

function SortableItem(props: {
  id: string
  index: number
  isDisabled: boolean
  children: (handle: (node: Element | null) => void) => ReactNode
}) {
  const { id, index, isDisabled, children } = props
  const { ref, handleRef, isDragging } = useSortable({ id, index, disabled: isDisabled })
  return (
    <li ref={ref} className={isDragging ? 'dragging' : undefined}>
      {children(handleRef)}
    </li>
  )
}

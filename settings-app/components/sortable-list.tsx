import { Accessibility } from '@dnd-kit/dom'
import { move } from '@dnd-kit/helpers'
import { DragDropProvider } from '@dnd-kit/react'
import { isSortable, useSortable } from '@dnd-kit/react/sortable'
import { useEffect, useMemo, useRef, type ComponentProps, type ReactNode } from 'react'

/** What a screen reader says of a reordering; the drop is announced by `onDropped`. */
export type SortableTexts = {
  help: string
  moved: (id: string, position: number) => string
  cancelled: (id: string) => string
}
type Plugins = NonNullable<ComponentProps<typeof DragDropProvider>['plugins']>
type Announcements = NonNullable<ConstructorParameters<typeof Accessibility>[1]>['announcements']

function pluginsWith(texts: SortableTexts): Plugins {
  const announcements: Announcements = {
    dragstart: () => undefined,
    dragover: ({ operation: { source } }) =>
      source && isSortable(source) ? texts.moved(String(source.id), source.index) : undefined,
    dragend: ({ operation: { source }, canceled }) =>
      source && canceled ? texts.cancelled(String(source.id)) : undefined,
  }
  const accessibility = Accessibility.configure({
    screenReaderInstructions: { draggable: texts.help },
    announcements,
  })
  return defaults => [...defaults.filter(plugin => plugin !== Accessibility), accessibility]
}

/**
 * A list that is reordered by its handles, with mouse, touch and keyboard. The library is pre-1.0 and
 * stays behind this one file.
 */
export function SortableList<Item>(props: {
  items: readonly Item[]
  idOf: (item: Item) => string
  isDisabled: boolean
  texts: SortableTexts
  onReorder: (items: Item[]) => void
  onDropped: (item: Item, position: number) => void
  renderItem: (item: Item, index: number, handle: (node: Element | null) => void) => ReactNode
}) {
  const { items, idOf, isDisabled, texts, onReorder, onDropped, renderItem } = props
  const plugins = useMemo(() => pluginsWith(texts), [texts])
  const handles = useRef(new Map<string, Element | null>())
  const dropped = useRef<string | null>(null)

  // Moving a focused element in the document takes the focus from it: it is given back.
  useEffect(() => {
    const handle = dropped.current === null ? null : handles.current.get(dropped.current)
    dropped.current = null
    if (handle instanceof HTMLElement) handle.focus({ preventScroll: true })
  })

  return (
    <DragDropProvider
      plugins={plugins}
      onDragEnd={event => {
        if (event.canceled) return
        const ids = items.map(idOf)
        const moved = move(ids, event)
        if (moved.every((id, index) => id === ids[index])) return
        const reordered = moved.flatMap(id => items.filter(item => idOf(item) === id))
        dropped.current = String(event.operation.source?.id)
        onReorder(reordered)
        const position = moved.indexOf(dropped.current)
        const item = reordered[position]
        if (item) onDropped(item, position)
      }}
    >
      <ol className="sortable">
        {items.map((item, index) => (
          <SortableItem key={idOf(item)} id={idOf(item)} index={index} isDisabled={isDisabled}>
            {handle =>
              renderItem(item, index, node => {
                handle(node)
                handles.current.set(idOf(item), node)
              })
            }
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

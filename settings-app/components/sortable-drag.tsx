import { Accessibility } from '@dnd-kit/dom'
import { move } from '@dnd-kit/helpers'
import { DragDropProvider } from '@dnd-kit/react'
import { isSortable, useSortable } from '@dnd-kit/react/sortable'
import { useEffect, useMemo, type ComponentProps } from 'react'
import type { Places, SortableTexts } from './sortable-list.tsx'

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
 * Makes the items of a `SortableList` draggable where they stand. The library is pre-1.0 and stays behind
 * this one file.
 */
export default function SortableDrag(props: {
  ids: readonly string[]
  placesOf: (id: string) => Places
  texts: SortableTexts
  /** The new order, and which one was moved. */
  onMoved: (ids: string[], id: string) => void
}) {
  const { ids, placesOf, texts, onMoved } = props
  const plugins = useMemo(() => pluginsWith(texts), [texts])
  return (
    <DragDropProvider
      plugins={plugins}
      onDragEnd={event => {
        if (event.canceled) return
        const moved = move([...ids], event)
        if (moved.every((id, index) => id === ids[index])) return
        onMoved(moved, String(event.operation.source?.id))
      }}
    >
      {ids.map((id, index) => (
        <Draggable key={id} id={id} index={index} places={placesOf(id)} />
      ))}
    </DragDropProvider>
  )
}

function Draggable({ id, index, places }: { id: string; index: number; places: Places }) {
  const { element, handle } = places
  const { isDragging } = useSortable({ id, index, element, handle })
  useEffect(() => {
    element.current?.classList.toggle('dragging', isDragging)
  }, [element, isDragging])
  return null
}

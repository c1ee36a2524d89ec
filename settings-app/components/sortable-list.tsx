import { Suspense, useState, type ReactNode } from 'react'
import { lazyLater } from '../lib/lazy-later.ts'

/** What a screen reader says of a reordering; the drop is announced by `onDropped`. */
export type SortableTexts = {
  help: string
  moved: (id: string, position: number) => string
  cancelled: (id: string) => string
}
/** Where an item and its handle are in the document. */
export type Places = { element: { current: Element | null }; handle: { current: Element | null } }

/** The library that drags comes a moment after the list: nobody drags in the first moment. */
const SortableDrag = lazyLater(() => import('./sortable-drag.tsx'))

/** A list that is reordered by its handles, with mouse, touch and keyboard. */
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
  const [places] = useState(() => new Map<string, Places>())
  const ids = items.map(idOf)

  function placesOf(id: string): Places {
    const known = places.get(id) ?? { element: { current: null }, handle: { current: null } }
    places.set(id, known)
    return known
  }

  return (
    <>
      <ol className="sortable">
        {items.map((item, index) => {
          const place = placesOf(idOf(item))
          return (
            <li
              key={idOf(item)}
              ref={node => {
                place.element.current = node
              }}
            >
              {renderItem(item, index, node => {
                place.handle.current = node
              })}
            </li>
          )
        })}
      </ol>
      {!isDisabled && (
        <Suspense>
          <SortableDrag
            ids={ids}
            placesOf={placesOf}
            texts={texts}
            onMoved={(order, id) => {
              onReorder(order.flatMap(one => items.filter(item => idOf(item) === one)))
              const position = order.indexOf(id)
              const item = items[ids.indexOf(id)]
              if (item) onDropped(item, position)
            }}
          />
        </Suspense>
      )}
    </>
  )
}

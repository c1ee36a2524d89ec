import { Menu } from '@base-ui/react/menu'
import { useTranslation } from 'react-i18next'
import type { MessengerView } from '../../../../contracts/cascade.ts'

/** Reordering without dragging: up, down, to the top, to the bottom. */
export default function MoveMenu(props: {
  messenger: MessengerView
  index: number
  count: number
  isDisabled: boolean
  onMove: (position: number) => void
}) {
  const { messenger, index, count, isDisabled, onMove } = props
  const { t } = useTranslation()
  const moves = [
    { label: t('cascade.move_up'), to: index - 1, isPossible: index > 0 },
    { label: t('cascade.move_down'), to: index + 1, isPossible: index < count - 1 },
    { label: t('cascade.move_top'), to: 0, isPossible: index > 0 },
    { label: t('cascade.move_bottom'), to: count - 1, isPossible: index < count - 1 },
  ]
  return (
    <Menu.Root>
      <Menu.Trigger
        id={`move-${messenger.type}`}
        className="more"
        disabled={isDisabled}
        aria-label={t('cascade.move', { messenger: messenger.name })}
      >
        <span aria-hidden="true">⋮</span>
      </Menu.Trigger>
      <Menu.Portal container={document.querySelector('main')}>
        <Menu.Positioner sideOffset={4} align="end">
          <Menu.Popup className="menu">
            {moves.map(({ label, to, isPossible }) => (
              <Menu.Item
                key={label}
                className="menu-item"
                disabled={!isPossible}
                onClick={() => onMove(to)}
              >
                {label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

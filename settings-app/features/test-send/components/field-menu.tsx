import { Menu } from '@base-ui/react/menu'
import { useTranslation } from 'react-i18next'
import { MASK_ENTITIES, shownName, writeMask, type MaskField } from '../../../../contracts/masks.ts'

/** Every field that a mask may name, by what it belongs to. */
export function FieldMenu(props: { fields: readonly MaskField[]; onPick: (mask: string) => void }) {
  const { fields, onPick } = props
  const { t } = useTranslation()
  return (
    <Menu.Root>
      <Menu.Trigger className="link" disabled={fields.length === 0}>
        {t('test.insert_field')}
      </Menu.Trigger>
      <Menu.Portal container={document.querySelector('main')}>
        <Menu.Positioner sideOffset={4} align="end">
          <Menu.Popup className="menu menu-long" tabIndex={0}>
            {MASK_ENTITIES.map(entity => (
              <Menu.Group key={entity}>
                <Menu.GroupLabel className="menu-label">
                  {t(`test.entity_${entity}`)}
                </Menu.GroupLabel>
                {fields
                  .filter(field => field.entity === entity)
                  .map(field => (
                    <Menu.Item
                      key={field.code}
                      className="menu-item"
                      onClick={() => onPick(writeMask(entity, shownName(field, fields)))}
                    >
                      {field.name ?? t(`test.field_${entity}_${field.code}`)}
                    </Menu.Item>
                  ))}
              </Menu.Group>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

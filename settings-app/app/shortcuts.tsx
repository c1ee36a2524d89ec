import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'wouter'
import { Dialog } from '../components/dialog.tsx'

const GO_TO = { c: '/', a: '/activity', s: '/statistics', t: '/test', k: '/connections' } as const
const SEQUENCE_MS = 1500

/** Keys for those who like them, and the list of them. Nothing happens while a person types. */
export function ShortcutsDialog() {
  const { t } = useTranslation()
  const [, navigate] = useLocation()
  const [isOpen, setIsOpen] = useState(false)
  useEffect(() => {
    let pressedGoAt = 0
    function onKeyDown(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (event.key === '?') {
        event.preventDefault()
        setIsOpen(true)
      } else if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('input[type=search]')
        if (!search) return
        event.preventDefault()
        search.focus()
      } else if (event.key === 'g') pressedGoAt = event.timeStamp
      else if (event.timeStamp - pressedGoAt < SEQUENCE_MS && event.key in GO_TO) {
        const key = Object.keys(GO_TO).find((one): one is keyof typeof GO_TO => one === event.key)
        if (key) navigate(GO_TO[key])
        pressedGoAt = 0
      }
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [navigate])
  return (
    <>
      <button type="button" className="link" onClick={() => setIsOpen(true)}>
        {t('shortcuts.title')}
      </button>
      <Dialog title={t('shortcuts.title')} isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <dl className="shortcuts">
          {(
            [
              ['?', t('shortcuts.title')],
              ['/', t('shortcuts.search')],
              ['Ctrl Z', t('shortcuts.undo')],
              ['g c', t('nav.cascade')],
              ['g a', t('nav.activity')],
              ['g s', t('nav.statistics')],
              ['g t', t('nav.test')],
              ['g k', t('nav.connections')],
            ] as const
          ).map(([keys, text]) => (
            <div key={keys}>
              <dt>
                {keys.split(' ').map(key => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </Dialog>
    </>
  )
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [role=menuitem]')
}

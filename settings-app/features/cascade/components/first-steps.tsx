import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { CascadeView } from '../../../../contracts/cascade.ts'
import { useSession } from '../../session/use-session.ts'

const STORED = 'first-steps'

/** What a new account still has to do, until its first message went out. */
export function FirstSteps({ view, runs }: { view: CascadeView; runs: number | null }) {
  const { t } = useTranslation()
  const session = useSession()
  const [isHidden, setIsHidden] = useState(() => localStorage.getItem(STORED) === 'hidden')
  if (isHidden || !view.canEdit || runs !== 0) return null
  const steps = [
    { name: 'radist', isDone: session.radist === 'connected', href: '/connections' },
    { name: 'messengers', isDone: view.messengers.some(one => one.isOn), href: null },
    { name: 'try', isDone: false, href: '/test' },
    { name: 'bot', isDone: false, href: null },
  ] as const
  return (
    <section className="first-steps" aria-labelledby="first-steps">
      <header>
        <h2 id="first-steps">{t('first_steps.title')}</h2>
        <button
          type="button"
          className="link"
          onClick={() => {
            localStorage.setItem(STORED, 'hidden')
            setIsHidden(true)
          }}
        >
          {t('first_steps.hide')}
        </button>
      </header>
      <ol>
        {steps.map(({ name, isDone, href }) => (
          <li key={name} className={isDone ? 'done' : undefined}>
            <span aria-hidden="true">{isDone ? '✓' : '○'}</span>
            <span>
              {href && !isDone ? (
                <Link href={href}>{t(`first_steps.${name}`)}</Link>
              ) : (
                t(`first_steps.${name}`)
              )}
              {isDone && <span className="visually-hidden"> ({t('first_steps.done')})</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

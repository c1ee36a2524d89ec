import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { NewChats } from '../../../../contracts/connections.ts'
import { LoadError } from '../../../components/load-error.tsx'
import { codeOf } from '../../../lib/client.ts'
import { formatNumber } from '../../../lib/format.ts'
import { newChatsQuery, useSaveNewChatsMax } from '../api/connections.ts'

const AT_FIRST = 10
const MORE = 100

/** New chats that each connection made this month, and what its plan allows. */
export function NewChatsSection() {
  const { t } = useTranslation()
  const newChats = useQuery(newChatsQuery)
  const [count, setCount] = useState(AT_FIRST)
  const connections = newChats.data?.connections ?? []
  if (newChats.data && connections.length === 0) return null
  return (
    <section className="panel" aria-labelledby="new-chats-title">
      <h2 id="new-chats-title">{t('new_chats.title')}</h2>
      <p className="mute">{t('new_chats.text')}</p>
      {newChats.isError && (
        <LoadError error={newChats.error} onRetry={() => void newChats.refetch()} />
      )}
      <ul className="new-chats">
        {connections.slice(0, count).map(connection => (
          <NewChatsLine key={connection.connectionId} connection={connection} />
        ))}
      </ul>
      {connections.length > count && (
        <button type="button" className="button" onClick={() => setCount(count + MORE)}>
          {t('statistics.more', { count: connections.length - count })}
        </button>
      )}
    </section>
  )
}

function NewChatsLine({ connection }: { connection: NewChats['connections'][number] }) {
  const { t, i18n } = useTranslation()
  const id = useId()
  const save = useSaveNewChatsMax()
  const [typed, setTyped] = useState<string | null>(null)
  const [isWrong, setIsWrong] = useState(false)
  const { connectionId, name, messenger, newChats, newChatsMax } = connection
  const isUsedUp = newChatsMax !== null && newChats >= newChatsMax
  function submit() {
    if (typed === null) return
    const written = typed.trim()
    const isValid = /^\d{0,7}$/u.test(written)
    setIsWrong(!isValid)
    if (!isValid) return
    setTyped(null)
    const wanted = written === '' ? null : Number(written)
    if (wanted !== newChatsMax) save.mutate({ connectionId, newChatsMax: wanted })
  }
  const used = formatNumber(newChats, i18n.language)
  const error = isWrong
    ? t('new_chats.wrong')
    : save.isError
      ? t(`errors.code_${codeOf(save.error)}`, t('errors.code_internal'))
      : null
  return (
    <li>
      <span className="new-chats-name">
        {name}
        <span className="mute"> · {messenger}</span>
      </span>
      <span className={isUsedUp ? 'pill bad' : 'mute'}>
        {t(isUsedUp ? 'new_chats.used_up' : 'new_chats.used', { count: newChats, used })}
      </span>
      <label>
        <span className="visually-hidden">{t('new_chats.max_of', { name })}</span>
        <span aria-hidden="true">{t('new_chats.max')}</span>
        <input
          className="input"
          inputMode="numeric"
          value={typed ?? newChatsMax ?? ''}
          placeholder={t('new_chats.no_limit')}
          aria-invalid={isWrong}
          aria-describedby={error ? id : undefined}
          onChange={event => setTyped(event.target.value)}
          onBlur={submit}
          onKeyDown={event => {
            if (event.key === 'Enter') submit()
          }}
        />
      </label>
      {error && (
        <span className="field-error" id={id} role="alert">
          {error}
        </span>
      )}
    </li>
  )
}

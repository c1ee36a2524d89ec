import type { ReactNode } from 'react'

/** A place where nothing is yet: why, and what to do about it. `isPage`: there is nothing beside it. */
export function Empty(props: {
  title: string
  text: string
  action?: ReactNode
  isPage?: boolean
}) {
  const { title, text, action, isPage = false } = props
  return (
    <div className="empty">
      {isPage ? <h1>{title}</h1> : <h2>{title}</h2>}
      <p>{text}</p>
      {action}
    </div>
  )
}

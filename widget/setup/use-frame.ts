import { useEffect, useRef, type RefObject } from 'react'

/** What Kommo's modal around the form has to know: its height, Escape, and that leaving would lose something. */
export function useFrame(
  frame: RefObject<HTMLElement | null>,
  on: { resize: () => void; escape: () => void },
  isDirty: boolean,
): void {
  const latest = useRef(on)
  useEffect(() => {
    latest.current = on
  })
  useEffect(() => {
    const element = frame.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => latest.current.resize())
    observer.observe(element)
    // Behind React's own listener: what closes a list there does not come here.
    const root = element.getRootNode()
    const listen = (event: Event) => {
      if (event instanceof KeyboardEvent && event.key === 'Escape') latest.current.escape()
    }
    root.addEventListener('keydown', listen)
    return () => {
      observer.disconnect()
      root.removeEventListener('keydown', listen)
    }
  }, [frame])
  useEffect(() => {
    if (!isDirty) return undefined
    const ask = (event: Event) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [isDirty])
}
